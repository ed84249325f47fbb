import { describe, expect, test } from 'vitest';
import type { Der } from '../../../../core/smime/asn1/der.ts';
import { parseCertificate, type Certificate } from '../../../../core/smime/certificate.ts';
import { readCrl } from '../../../../core/smime/chain/crl.ts';
import { checkTrust, createTrust } from '../../../../core/smime/trust.ts';
import * as pki from '../pki.ts';
import { basicConstraints, day, general, keys, keyUsage, nameConstraints, nameOf, noon, type Issuer } from '../pki.ts';

/*
 * The sections of NIST's PKITS that mail needs (R62), each case made by our own authorities: the files themselves are
 * not ours to ship. The numbers are those of PKITS 1.0.1; the address in the certificate is user@mail.example.
 */
const anchorKeys = keys.ec();
const anchor = pki.rootOf('Trust Anchor', anchorKeys, 'ecdsa');
const own = keys.ec();
const caKeys = keys.ec();
const subKeys = keys.ec();

function read(octets: Uint8Array): Certificate {
  const found = parseCertificate(octets);
  if (found.kind === 'malformed') throw new Error(found.reason.text);
  return found.certificate;
}

type More = Partial<pki.Request>;
const ca = (more: More = {}, by: Issuer = anchor): Issuer => pki.authorityOf('CA', caKeys, [by, 'ecdsa'], more);
const sub = (by: Issuer, more: More = {}): Issuer => pki.authorityOf('Sub CA', subKeys, [by, 'ecdsa'], more);
const end = (by: Issuer, more: More = {}): Buffer => pki.personOf('user@mail.example', own, by, { serial: 1, ...more });
const withExtensions = (...extensions: readonly Der[]): More => ({ extensions });
const authority = (...more: readonly Der[]): More => withExtensions(basicConstraints(true), keyUsage(5, 6), ...more);
const named = (email: string): More => withExtensions(keyUsage(0), pki.subjectAltName(general.email(email)));

/** A certificate with one bit of its signature changed. */
function broken(octets: Buffer): Buffer {
  const copy = Buffer.from(octets);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

type Case = {
  readonly end: Buffer;
  readonly path?: readonly Issuer[];
  readonly crls?: readonly Buffer[];
  readonly code: string;
};

function judge({ end: octets, path = [], crls = [] }: Case): string {
  const isRevocation = crls.length > 0;
  const trust = createTrust([read(anchor.certificate)], {
    intermediates: path.map(({ certificate }) => read(certificate)),
    crls: crls.map((list) => readCrl(list)),
    revocation: isRevocation ? 'hard' : 'off',
  });
  const answer = checkTrust(read(octets), trust, { at: noon, purpose: 'sign' });
  return answer.kind === 'trusted' ? answer.kind : answer.reason.code;
}

const good = ca();
const anchorList = pki.listOf(anchor);
const goodList = pki.listOf(good);
const length0 = ca(withExtensions(basicConstraints(true, 0), keyUsage(5, 6)));
const length1 = ca(withExtensions(basicConstraints(true, 1), keyUsage(5, 6)));
const permitted = ca(authority(nameConstraints([general.email('.example')])));
const permittedHost = ca(authority(nameConstraints([general.email('mail.example')])));
const permittedUser = ca(authority(nameConstraints([general.email('user@mail.example')])));
const excluded = ca(authority(nameConstraints([], [general.email('mail.example')])));
const renewed = pki.authorityOf('CA', subKeys, [{ ...good, name: good.name }, 'ecdsa'], { subject: good.name });

const sections: Readonly<Record<string, Readonly<Record<string, () => Case>>>> = {
  '4.1 signature verification': {
    '4.1.1 valid signatures': () => ({ end: end(good), path: [good], code: 'trusted' }),
    '4.1.2 invalid signature of the authority': () => {
      const bad = { ...good, certificate: broken(good.certificate) };
      return { end: end(good), path: [bad], code: 'signature' };
    },
    '4.1.3 invalid signature of the end': () => ({ end: broken(end(good)), path: [good], code: 'signature' }),
  },
  '4.2 validity periods': {
    '4.2.1 authority not valid yet': () => {
      const late = ca({ notBefore: noon + day });
      return { end: end(late), path: [late], code: 'not-yet-valid' };
    },
    '4.2.2 end not valid yet': () => ({
      end: end(good, { notBefore: noon + 1_000 }),
      path: [good],
      code: 'not-yet-valid',
    }),
    '4.2.3 a notBefore before 2000': () => ({
      end: end(good, { notBefore: Date.UTC(1951, 0, 1) }),
      path: [good],
      code: 'trusted',
    }),
    '4.2.5 authority expired': () => {
      const old = ca({ notAfter: noon - day });
      return { end: end(old), path: [old], code: 'expired' };
    },
    '4.2.6 end expired': () => ({ end: end(good, { notAfter: noon - 1_000 }), path: [good], code: 'expired' }),
    '4.2.8 a notAfter after 2050': () => ({
      end: end(good, { notAfter: Date.UTC(2060, 0, 1) }),
      path: [good],
      code: 'trusted',
    }),
  },
  '4.3 name chaining': {
    '4.3.1 another name': () => {
      const strange = { ...good, name: nameOf({ O: 'Test', CN: 'Somebody else' }) };
      return { end: end(strange), path: [good], code: 'issuer-missing' };
    },
    '4.3.2 the parts of the name in another order': () => {
      const turned = { ...good, name: nameOf({ CN: 'CA', O: 'Test' }) };
      return { end: end(turned), path: [good], code: 'issuer-missing' };
    },
    '4.3.3 blanks in the name': () => ({
      end: end({ ...good, name: nameOf({ O: ' Test ', CN: 'CA' }) }),
      path: [good],
      code: 'trusted',
    }),
    '4.3.5 capitals in the name': () => ({
      end: end({ ...good, name: nameOf({ O: 'TEST', CN: 'ca' }) }),
      path: [good],
      code: 'trusted',
    }),
  },
  '4.4 basic certificate revocation': {
    '4.4.1 no list of the authority': () => ({
      end: end(good),
      path: [good],
      crls: [anchorList],
      code: 'revocation-unknown',
    }),
    '4.4.2 authority revoked': () => {
      const known = ca({ serial: 7 });
      return {
        end: end(known),
        path: [known],
        crls: [pki.listOf(anchor, { revoked: [{ serial: 7 }] }), pki.listOf(known)],
        code: 'revoked',
      };
    },
    '4.4.3 end revoked': () => ({
      end: end(good),
      path: [good],
      crls: [anchorList, pki.listOf(good, { revoked: [{ serial: 1 }] })],
      code: 'revoked',
    }),
    '4.4.4 a list with a bad signature': () => ({
      end: end(good),
      path: [good],
      crls: [anchorList, broken(goodList)],
      code: 'revocation-unknown',
    }),
    '4.4.5 a list of another issuer': () => ({
      end: end(good),
      path: [good],
      crls: [anchorList, pki.listOf({ ...good, name: nameOf({ CN: 'X' }) })],
      code: 'revocation-unknown',
    }),
    '4.4.7 two lists, one of them with the certificate': () => ({
      end: end(good),
      path: [good],
      crls: [anchorList, goodList, pki.listOf(good, { revoked: [{ serial: 1 }] })],
      code: 'revoked',
    }),
    '4.4.11 a list past its nextUpdate': () => ({
      end: end(good),
      path: [good],
      crls: [anchorList, pki.listOf(good, { thisUpdate: noon - 9 * day, nextUpdate: noon - day })],
      code: 'revocation-unknown',
    }),
    '4.4.19 lists of all in the path': () => ({
      end: end(good),
      path: [good],
      crls: [anchorList, goodList],
      code: 'trusted',
    }),
  },
  '4.5 self-issued certificates': {
    '4.5.1 an authority that renews its key': () => ({ end: end(renewed), path: [good, renewed], code: 'trusted' }),
  },
  '4.6 basic constraints': {
    '4.6.1 none in the authority': () => {
      const bare = ca(withExtensions(keyUsage(5, 6)));
      return { end: end(bare), path: [bare], code: 'not-a-ca' };
    },
    '4.6.2 cA false': () => {
      const person = ca(withExtensions(basicConstraints(false), keyUsage(5, 6)));
      return { end: end(person), path: [person], code: 'not-a-ca' };
    },
    '4.6.5 path length 0, an authority below': () => ({
      end: end(sub(length0)),
      path: [length0, sub(length0)],
      code: 'path-length',
    }),
    '4.6.7 path length 0, an end below': () => ({ end: end(length0), path: [length0], code: 'trusted' }),
    '4.6.8 path length 1, one authority below': () => {
      const below = sub(length1);
      return { end: end(below), path: [length1, below], code: 'trusted' };
    },
  },
  '4.7 key usage': {
    '4.7.1 without keyCertSign': () => {
      const mute = ca(withExtensions(basicConstraints(true), keyUsage(6)));
      return { end: end(mute), path: [mute], code: 'key-usage' };
    },
    '4.7.3 none at all': () => {
      const free = ca(withExtensions(basicConstraints(true)));
      return { end: end(free), path: [free], code: 'trusted' };
    },
    '4.7.4 without cRLSign': () => {
      const mute = ca(withExtensions(basicConstraints(true), keyUsage(5)));
      return { end: end(mute), path: [mute], crls: [anchorList, pki.listOf(mute)], code: 'revocation-unknown' };
    },
  },
  '4.13 name constraints, rfc822Name': {
    '4.13.21 permitted subdomains': () => ({
      end: end(permitted, named('user@mail.example')),
      path: [permitted],
      code: 'trusted',
    }),
    '4.13.22 the domain itself is no subdomain': () => ({
      end: end(permitted, named('user@example')),
      path: [permitted],
      code: 'name-constraints',
    }),
    '4.13.23 a permitted host': () => ({
      end: end(permittedHost, named('other@mail.example')),
      path: [permittedHost],
      code: 'trusted',
    }),
    '4.13.24 below a permitted host': () => ({
      end: end(permittedHost, named('user@sub.mail.example')),
      path: [permittedHost],
      code: 'name-constraints',
    }),
    '4.13.25 an excluded host': () => ({
      end: end(excluded, named('user@mail.example')),
      path: [excluded],
      code: 'name-constraints',
    }),
    '4.13.26 beside an excluded host': () => ({
      end: end(excluded, named('user@sub.mail.example')),
      path: [excluded],
      code: 'trusted',
    }),
    '4.13.27 one permitted mailbox, and not its neighbour': () => ({
      end: end(permittedUser, named('other@mail.example')),
      path: [permittedUser],
      code: 'name-constraints',
    }),
  },
};

describe.each(Object.entries(sections))('R62 PKITS %s', (_, cases) => {
  test.each(Object.entries(cases))('%s', (_name, make) => {
    const one = make();
    expect(judge(one)).toBe(one.code);
  });
});
