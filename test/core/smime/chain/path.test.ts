import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import * as der from '../../../../core/smime/asn1/der.ts';
import { parseCertificate, type Certificate } from '../../../../core/smime/certificate.ts';
import { checkTrust, createTrust, type TrustQuestion } from '../../../../core/smime/trust.ts';
import * as pki from '../pki.ts';
import { basicConstraints, day, general, keys, noon, type Issuer, type Request, type Scheme } from '../pki.ts';

const rsa = keys.rsa();
const ec = keys.ec();
const other = keys.ec();
const root = pki.rootOf('Root', ec, 'ecdsa');
const caKeys = keys.ec();
const question: TrustQuestion = { at: noon, purpose: 'sign', revocation: 'off' };

function read(octets: Uint8Array): Certificate {
  const result = parseCertificate(octets);
  if (result.kind === 'malformed') throw new Error(result.reason.text);
  return result.certificate;
}

/** The answer for a person's certificate below some authorities: `trusted`, or the code of the reason. */
function answer(
  end: Uint8Array,
  extra: readonly Issuer[],
  { anchors = [root], ...more }: Partial<TrustQuestion> & { anchors?: readonly Issuer[] } = {},
): string {
  const trust = createTrust(anchors.map(({ certificate }) => read(certificate)));
  const found = checkTrust(read(end), trust, {
    ...question,
    extra: extra.map((one) => read(one.certificate)),
    ...more,
  });
  return found.kind === 'trusted' ? found.kind : found.reason.code;
}

const intermediate = (more: Partial<Request> = {}): Issuer => pki.authorityOf('CA', caKeys, [root, 'ecdsa'], more);
const ca = intermediate();
const alice = (more: Partial<Request> = {}, by: Issuer = ca): Buffer =>
  pki.personOf('alice@example.test', other, by, more);

describe('a path', () => {
  test('holds when every link does, and the openssl of Node reads the same', () => {
    const octets = alice();
    expect(answer(octets, [ca])).toBe('trusted');
    const theirs = new X509Certificate(octets);
    const ours = read(octets);
    expect(ours.notAfter).toBe(Date.parse(theirs.validTo));
    expect(theirs.subjectAltName).toBe('email:alice@example.test');
    expect(ours.fingerprint).toBe(theirs.fingerprint256.replaceAll(':', '').toLowerCase());
  });

  test('goes from the certificate to the anchor', () => {
    const trust = createTrust([read(root.certificate)], { intermediates: [read(ca.certificate)] });
    const found = checkTrust(read(alice()), trust, question);
    expect(found).toMatchObject({ kind: 'trusted', notes: [] });
    expect(found.kind === 'trusted' && found.path.map(({ subject }) => subject.text)).toEqual([
      'CN=alice@example.test',
      'CN=CA, O=Test',
      'CN=Root, O=Test',
    ]);
  });

  test('may be the certificate alone, when that is trusted by itself', () => {
    const self = pki.rootOf('alice@example.test', other, 'ecdsa', { extensions: [] });
    expect(answer(self.certificate, [], { anchors: [self] })).toBe('trusted');
  });

  test.each<[Scheme, () => pki.Keys]>([
    ['rsa', () => rsa],
    ['rsa-pss', () => rsa],
    ['ecdsa', keys.ec],
    ['ed25519', keys.ed25519],
    ['ed448', keys.ed448],
  ])('is signed with %s below an authority of another kind', (scheme, make) => {
    const issuer = pki.authorityOf('Mixed', make(), [root, scheme]);
    expect(answer(alice({}, issuer), [issuer])).toBe('trusted');
    expect(answer(alice({ keys: make() }, ca), [ca])).toBe('trusted');
  });
});

const badLinks: readonly (readonly [string, string, () => readonly [Buffer, readonly Issuer[]]])[] = [
  ['the certificate has expired', 'expired', () => [alice({ notAfter: noon - 1000 }), [ca]]],
  ['an authority has expired', 'expired', () => [alice(), [intermediate({ notAfter: noon - day })]]],
  ['it is not valid yet', 'not-yet-valid', () => [alice({ notBefore: noon + 1000 }), [ca]]],
  [
    'it is for servers',
    'extended-key-usage',
    () => [alice({ extensions: [pki.extendedKeyUsage(pki.serverAuth)] }), [ca]],
  ],
  [
    'its authority is for servers',
    'extended-key-usage',
    () => [alice(), [intermediate({ extensions: [basicConstraints(true), pki.extendedKeyUsage(pki.serverAuth)] })]],
  ],
  ['its key is for encrypting', 'key-usage', () => [alice({ extensions: [pki.keyUsage(4)] }), [ca]]],
  [
    'the authority may not sign certificates',
    'key-usage',
    () => [alice(), [intermediate({ extensions: [basicConstraints(true), pki.keyUsage(6)] })]],
  ],
  ['the authority is none', 'not-a-ca', () => [alice(), [intermediate({ extensions: [basicConstraints(false)] })]]],
  ['the authority does not say it is one', 'not-a-ca', () => [alice(), [intermediate({ extensions: [] })]]],
  ['an authority of version 1', 'not-a-ca', () => [alice(), [intermediate({ version: 1 })]]],
  ['the authority is missing', 'issuer-missing', () => [alice(), []]],
  ['it signs itself', 'untrusted', () => [pki.rootOf('Mallory', other, 'ecdsa').certificate, []]],
  [
    'the root only has the name of ours',
    'signature',
    () => {
      const fake = pki.rootOf('Root', other, 'ecdsa');
      return [alice({}, fake), [fake]];
    },
  ],
  [
    'a critical extension is not understood',
    'extension-unknown',
    () => [alice({ extensions: [pki.extension('1.2.3.4', der.nullValue, true)] }), [ca]],
  ],
  [
    'the issuer has signed with SHA-1',
    'algorithm-weak',
    () => {
      const issuer = pki.authorityOf('Weak', rsa, [root, 'rsa-sha1']);
      return [alice({}, issuer), [issuer]];
    },
  ],
];

describe('a path does not hold', () => {
  test.each(badLinks)('when %s', (_, code, make) => {
    const [end, extra] = make();
    expect(answer(end, extra)).toBe(code);
  });

  test('when one bit of a certificate is changed', () => {
    const octets = Buffer.from(alice());
    octets[octets.length - 5] = (octets[octets.length - 5] ?? 0) ^ 1;
    expect(answer(octets, [ca])).toBe('signature');
  });

  test('and the reason names the certificate and what is wrong with it', () => {
    const trust = createTrust([read(root.certificate)], { intermediates: [read(ca.certificate)] });
    const found = checkTrust(read(alice({ notAfter: noon - day })), trust, question);
    expect(found).toEqual({
      kind: 'untrusted',
      reason: { code: 'expired', subject: 'CN=alice@example.test', text: 'the certificate has expired: on 2030-05-31' },
    });
  });
});

describe('an unknown extension that is not critical, a weak algorithm that is allowed', () => {
  test('do not matter', () => {
    expect(answer(alice({ extensions: [pki.extension('1.2.3.4', der.nullValue)] }), [ca])).toBe('trusted');
    const issuer = pki.authorityOf('Weak', rsa, [root, 'rsa-sha1']);
    expect(answer(alice({}, issuer), [issuer], { allowWeak: true })).toBe('trusted');
  });

  test('a short RSA key is noted, a broken one is refused', () => {
    const short = alice({ keys: keys.rsa(1024) });
    const trust = createTrust([read(root.certificate)], { intermediates: [read(ca.certificate)] });
    expect(checkTrust(read(short), trust, question)).toMatchObject({
      kind: 'trusted',
      notes: [{ code: 'key-weak', text: 'the key is too short: 1024 bits' }],
    });
    expect(answer(alice({ keys: keys.rsa(512) }), [ca])).toBe('key-weak');
  });
});

describe('a certificate to encrypt with', () => {
  test('has a key for that', () => {
    const agreement = { extensions: [pki.keyUsage(4)] };
    const encipherment = { extensions: [pki.keyUsage(2)] };
    expect(answer(alice(agreement), [ca], { purpose: 'encrypt' })).toBe('trusted');
    expect(answer(alice(encipherment), [ca], { purpose: 'encrypt' })).toBe('key-usage');
    expect(answer(alice({ keys: rsa, ...encipherment }), [ca], { purpose: 'encrypt' })).toBe('trusted');
    expect(answer(alice({ keys: rsa, extensions: [pki.keyUsage(0)] }), [ca], { purpose: 'encrypt' })).toBe('key-usage');
  });
});

const constrained = (length: number): Issuer => intermediate({ extensions: [basicConstraints(true, length)] });

describe('path length', () => {
  const subKeys = keys.ec();

  test('counts the authorities below, not the end', () => {
    const zero = constrained(0);
    expect(answer(alice({}, zero), [zero])).toBe('trusted');
    const sub = pki.authorityOf('Sub', subKeys, [zero, 'ecdsa']);
    expect(answer(alice({}, sub), [zero, sub])).toBe('path-length');
    const one = constrained(1);
    const below = pki.authorityOf('Sub', subKeys, [one, 'ecdsa']);
    expect(answer(alice({}, below), [one, below])).toBe('trusted');
  });

  test('does not count an authority that renews its own key', () => {
    const zero = constrained(0);
    const renewed = pki.authorityOf('CA', subKeys, [zero, 'ecdsa']);
    expect(answer(alice({}, renewed), [zero, renewed])).toBe('trusted');
  });

  test('of the anchor counts, too', () => {
    const strict = pki.rootOf('Strict', ec, 'ecdsa', { extensions: [basicConstraints(true, 0)] });
    const issuer = pki.authorityOf('CA', caKeys, [strict, 'ecdsa']);
    expect(answer(alice({}, issuer), [issuer], { anchors: [strict] })).toBe('path-length');
  });
});

describe('building a path', () => {
  test('takes the way that holds when another has expired', () => {
    const old = intermediate({ notAfter: noon - day });
    expect(answer(alice(), [old, ca])).toBe('trusted');
    expect(answer(alice(), [ca, old])).toBe('trusted');
  });

  test('takes the key that is named first, and still finds one with the wrong identifier', () => {
    const named = alice({ extensions: [pki.authorityKeyIdentifier(caKeys)] });
    const decoy = pki.authorityOf('CA', keys.ec(), [root, 'ecdsa'], {
      extensions: [basicConstraints(true), pki.subjectKeyIdentifier(caKeys)],
    });
    expect(answer(named, [decoy, ca])).toBe('trusted');
  });

  test('ends in a loop of authorities that certify each other', () => {
    const [a, b] = [keys.ec(), keys.ec()];
    const first = pki.rootOf('A', a, 'ecdsa');
    const second = pki.rootOf('B', b, 'ecdsa');
    const firstBySecond = pki.authorityOf('A', a, [second, 'ecdsa']);
    const secondByFirst = pki.authorityOf('B', b, [first, 'ecdsa']);
    expect(answer(alice({}, first), [firstBySecond, secondByFirst])).toBe('untrusted');
    expect(answer(alice({}, first), [firstBySecond, secondByFirst], { anchors: [second] })).toBe('trusted');
  });

  test('gives up on a maze', () => {
    const maze = Array.from({ length: 7 }, () => keys.ec());
    const crossed = maze.flatMap((own, one) =>
      maze.flatMap((by, other_) =>
        one === other_
          ? []
          : [pki.authorityOf(`M${one}`, own, [{ ...pki.rootOf(`M${other_}`, by, 'ecdsa') }, 'ecdsa'])],
      ),
    );
    const entrance = crossed[0];
    expect(entrance && answer(alice({}, entrance), crossed)).toBe('too-complex');
  });

  test('compares names without regard to case, blanks and the type of the string', () => {
    const upper = { ...ca, name: pki.nameOf({ O: 'TEST', CN: ' ca ' }, pki.printable) };
    expect(answer(alice({}, upper), [ca])).toBe('trusted');
  });
});

const bound = (permitted: readonly der.Der[], excluded: readonly der.Der[] = []): Issuer =>
  intermediate({ extensions: [basicConstraints(true), pki.nameConstraints(permitted, excluded)] });
const person = (...names: readonly der.Der[]): Partial<Request> => ({
  subject: pki.nameOf({ O: 'Acme', CN: 'Alice' }),
  extensions: [pki.subjectAltName(...names)],
});

describe('name constraints', () => {
  const { email, directory, smtpUtf8, dns, uri, ip } = general;
  const acme = directory(pki.nameOf({ O: 'ACME' }));

  test.each<[string, Issuer, Partial<Request>, string]>([
    ['a mailbox of the host', bound([email('example.test')]), person(email('a@EXAMPLE.test')), 'trusted'],
    [
      'a mailbox below the host',
      bound([email('example.test')]),
      person(email('a@sub.example.test')),
      'name-constraints',
    ],
    ['a mailbox below a domain', bound([email('.example.test')]), person(email('a@sub.example.test')), 'trusted'],
    [
      'a mailbox of the domain itself',
      bound([email('.example.test')]),
      person(email('a@example.test')),
      'name-constraints',
    ],
    ['one mailbox', bound([email('a@example.test')]), person(email('a@example.test')), 'trusted'],
    ['another mailbox', bound([email('a@example.test')]), person(email('b@example.test')), 'name-constraints'],
    [
      'one good and one bad',
      bound([email('example.test')]),
      person(email('a@example.test'), email('a@evil.test')),
      'name-constraints',
    ],
    ['an excluded host', bound([], [email('evil.test')]), person(email('a@evil.test')), 'name-constraints'],
    ['another host than the excluded', bound([], [email('evil.test')]), person(email('a@example.test')), 'trusted'],
    [
      'a mailbox in UTF-8 of the host',
      bound([email('xn--bcher-kva.test')]),
      person(smtpUtf8('ü@bücher.test')),
      'trusted',
    ],
    [
      'a mailbox in UTF-8 elsewhere',
      bound([email('example.test')]),
      person(smtpUtf8('ü@bücher.test')),
      'name-constraints',
    ],
    [
      'an address in the subject',
      bound([email('example.test')]),
      { subject: pki.nameOf({ E: 'a@evil.test' }), extensions: [] },
      'name-constraints',
    ],
    ['a permitted directory name', bound([acme]), person(email('a@example.test')), 'trusted'],
    ['a directory name elsewhere', bound([directory(pki.nameOf({ O: 'Other' }))]), person(), 'name-constraints'],
    ['an excluded directory name', bound([], [acme]), person(), 'name-constraints'],
    [
      'a directory name among the alternatives',
      bound([acme]),
      person(directory(pki.nameOf({ O: 'Other' }))),
      'name-constraints',
    ],
    ['a host name', bound([dns('example.test')]), person(dns('www.example.test')), 'trusted'],
    ['a host name elsewhere', bound([dns('example.test')]), person(dns('www.evil.test')), 'name-constraints'],
    [
      'a URI elsewhere',
      bound([uri('.example.test')]),
      person(uri('http://evil.test/.example.test')),
      'name-constraints',
    ],
    ['a URI', bound([uri('.example.test')]), person(uri('http://www.example.test/')), 'trusted'],
    [
      'a form that is not understood',
      bound([ip([10, 0, 0, 0, 255, 0, 0, 0])]),
      person(ip([10, 0, 0, 1])),
      'name-constraints',
    ],
  ])('%s', (_, issuer, more, expected) => {
    expect(answer(alice(more, issuer), [issuer])).toBe(expected);
  });

  test('hold for everything below, each of them', () => {
    const top = bound([email('example.test'), email('other.test')]);
    const sub = pki.authorityOf('Sub', keys.ec(), [top, 'ecdsa'], {
      extensions: [basicConstraints(true), pki.nameConstraints([email('other.test'), email('third.test')])],
    });
    const check = (address: string): string => answer(alice(person(email(address)), sub), [top, sub]);
    expect(check('a@other.test')).toBe('trusted');
    expect(check('a@example.test')).toBe('name-constraints');
    expect(check('a@third.test')).toBe('name-constraints');
  });

  test('with a minimum make the certificate unreadable', () => {
    const odd = der.sequence(der.tagged(0, der.sequence(email('example.test'), der.encode(0x80, [Buffer.from([1])]))));
    const issuer = intermediate({ extensions: [basicConstraints(true), pki.extension('2.5.29.30', odd, true)] });
    expect(parseCertificate(issuer.certificate)).toMatchObject({ kind: 'malformed', reason: { code: 'malformed' } });
  });
});

const withPolicies = (...more: readonly der.Der[]): Issuer =>
  intermediate({ extensions: [basicConstraints(true), ...more] });
const endWith = (by: Issuer, ...more: readonly der.Der[]): string => answer(alice({ extensions: more }, by), [by]);

describe('certificate policies', () => {
  const [gold, silver, any] = ['1.2.3.1', '1.2.3.2', '2.5.29.32.0'];
  const required = pki.policyConstraints(0);

  test('matter only when an authority requires one', () => {
    expect(endWith(withPolicies(pki.policies(gold)), pki.policies(silver))).toBe('trusted');
    expect(endWith(withPolicies(pki.policies(gold), required), pki.policies(silver))).toBe('policy');
    expect(endWith(withPolicies(pki.policies(gold), required), pki.policies(gold))).toBe('trusted');
    expect(endWith(withPolicies(pki.policies(gold), required))).toBe('policy');
    expect(endWith(withPolicies(required), pki.policies(gold))).toBe('policy');
  });

  test('"any" stands for each, until it is inhibited', () => {
    expect(endWith(withPolicies(pki.policies(any), required), pki.policies(gold))).toBe('trusted');
    expect(endWith(withPolicies(pki.policies(gold), required), pki.policies(any))).toBe('trusted');
    expect(endWith(withPolicies(pki.policies(gold), required, pki.inhibitAnyPolicy(0)), pki.policies(any))).toBe(
      'policy',
    );
  });

  test('of the issuer are mapped to those of the subject', () => {
    const mapping = pki.policyMappings([gold, silver]);
    expect(endWith(withPolicies(pki.policies(gold), required, mapping), pki.policies(silver))).toBe('trusted');
    expect(endWith(withPolicies(pki.policies(gold), required, mapping), pki.policies(gold))).toBe('policy');
    expect(endWith(withPolicies(pki.policies(gold), pki.policyMappings([any, silver])), pki.policies(silver))).toBe(
      'policy',
    );
  });
});
