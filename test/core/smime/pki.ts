import { constants, createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import * as der from '../../../core/smime/asn1/der.ts';
import type { Der } from '../../../core/smime/asn1/der.ts';
import { formatPem } from '../../../core/smime/chain/pem.ts';

/** A key pair of the tests' own authorities. */
export type Keys = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** Keys of every kind, made once a test file: RSA is slow to make. */
export const keys = {
  rsa: (modulusLength = 2048): Keys => generateKeyPairSync('rsa', { modulusLength }),
  ec: (namedCurve = 'P-256'): Keys => generateKeyPairSync('ec', { namedCurve }),
  ed25519: (): Keys => generateKeyPairSync('ed25519'),
  ed448: (): Keys => generateKeyPairSync('ed448'),
};

/** What signs certificates and lists: a key, an algorithm, and how node:crypto is told. */
export type Scheme = 'rsa' | 'rsa-sha1' | 'rsa-pss' | 'ecdsa' | 'ed25519' | 'ed448';

/** Somebody who can sign certificates. */
export type Issuer = {
  readonly name: Der;
  readonly keys: Keys;
  readonly scheme: Scheme;
  readonly certificate: Buffer;
};

/** The instant all the tests are about: 2030-06-01. */
export const noon = Date.UTC(2030, 5, 1);
export const day = 86_400_000;

const utf8 = (text: string): Der => der.encode(0x0c, [Buffer.from(text)]);
const ia5 = (text: string, tag = 0x16): Der => der.encode(tag, [Buffer.from(text, 'latin1')]);
const attributeTypes: Record<string, string> = {
  CN: '2.5.4.3',
  O: '2.5.4.10',
  C: '2.5.4.6',
  E: '1.2.840.113549.1.9.1',
};

/** A name from `{ O: 'Acme', CN: 'Root' }`; `string` writes the values. */
export function nameOf(parts: Readonly<Record<string, string>>, string: (text: string) => Der = utf8): Der {
  const rdns = Object.entries(parts).map(([type, text]) =>
    der.setOf([der.sequence(der.oid(attributeTypes[type] ?? type), string(text))]),
  );
  return der.sequence(...rdns);
}
export const printable = (text: string): Der => ia5(text, 0x13);

const bool = (value: boolean): Der => der.encode(0x01, [Buffer.from([value ? 0xff : 0])]);
export function bits(...numbers: readonly number[]): Buffer {
  const octets = Buffer.alloc(2);
  for (const at of numbers) octets[at >> 3] = (octets[at >> 3] ?? 0) | (0x80 >> (at & 7));
  return Buffer.concat([Buffer.from([0]), octets]);
}

/** Extensions, ready to be put in. */
export const extension = (oid: string, value: Der, critical = false): Der =>
  der.sequence(der.oid(oid), ...(critical ? [bool(true)] : []), der.octetString(der.joinDer(value)));
export const basicConstraints = (ca: boolean, pathLength?: number): Der =>
  extension(
    '2.5.29.19',
    der.sequence(...(ca ? [bool(true)] : []), ...(pathLength === undefined ? [] : [der.integer(pathLength)])),
    true,
  );
export const keyUsage = (...numbers: readonly number[]): Der =>
  extension('2.5.29.15', der.encode(0x03, [bits(...numbers)]), true);
export const extendedKeyUsage = (...oids: readonly string[]): Der =>
  extension('2.5.29.37', der.sequence(...oids.map(der.oid)));
const emailProtection = '1.3.6.1.5.5.7.3.4';
export const serverAuth = '1.3.6.1.5.5.7.3.1';

/** GeneralName of every form used here. */
export const general = {
  email: (text: string): Der => ia5(text, 0x81),
  dns: (text: string): Der => ia5(text, 0x82),
  uri: (text: string): Der => ia5(text, 0x86),
  ip: (octets: readonly number[]): Der => der.encode(0x87, [Buffer.from(octets)]),
  directory: (name: Der): Der => der.tagged(4, name),
  smtpUtf8: (text: string): Der => der.tagged(0, der.oid('1.3.6.1.5.5.7.8.9'), der.tagged(0, utf8(text))),
};
export const subjectAltName = (...names: readonly Der[]): Der => extension('2.5.29.17', der.sequence(...names));
const subtrees = (number: number, bases: readonly Der[]): readonly Der[] =>
  bases.length === 0 ? [] : [der.tagged(number, ...bases.map((base) => der.sequence(base)))];
export const nameConstraints = (permitted: readonly Der[], excluded: readonly Der[] = []): Der =>
  extension('2.5.29.30', der.sequence(...subtrees(0, permitted), ...subtrees(1, excluded)), true);
export const policies = (...oids: readonly string[]): Der =>
  extension('2.5.29.32', der.sequence(...oids.map((one) => der.sequence(der.oid(one)))));
export const policyMappings = (...pairs: readonly (readonly [string, string])[]): Der =>
  extension('2.5.29.33', der.sequence(...pairs.map(([a, b]) => der.sequence(der.oid(a), der.oid(b)))), true);
export const policyConstraints = (requireExplicit: number): Der =>
  extension('2.5.29.36', der.sequence(der.encode(0x80, [Buffer.from([requireExplicit])])), true);
export const inhibitAnyPolicy = (after: number): Der => extension('2.5.29.54', der.integer(after), true);

const withNull = (oid: string): Der => der.sequence(der.oid(oid), der.nullValue);
const pssParameters = (): Der => {
  const sha256 = withNull('2.16.840.1.101.3.4.2.1');
  const mask = der.sequence(der.oid('1.2.840.113549.1.1.8'), sha256);
  return der.sequence(der.tagged(0, sha256), der.tagged(1, mask), der.tagged(2, der.integer(32)));
};
const algorithms: Record<Scheme, () => Der> = {
  rsa: () => withNull('1.2.840.113549.1.1.11'),
  'rsa-sha1': () => withNull('1.2.840.113549.1.1.5'),
  'rsa-pss': () => der.sequence(der.oid('1.2.840.113549.1.1.10'), pssParameters()),
  ecdsa: () => der.sequence(der.oid('1.2.840.10045.4.3.2')),
  ed25519: () => der.sequence(der.oid('1.3.101.112')),
  ed448: () => der.sequence(der.oid('1.3.101.113')),
};

function signed(tbs: Der, { keys: { privateKey }, scheme }: Pick<Issuer, 'keys' | 'scheme'>): Buffer {
  const hash = scheme.startsWith('ed') ? null : scheme === 'rsa-sha1' ? 'sha1' : 'sha256';
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const signature = sign(hash, der.joinDer(tbs), { key: privateKey, ...(scheme === 'rsa-pss' ? pss : {}) });
  return der.joinDer(der.sequence(tbs, algorithms[scheme](), der.bitString(signature)));
}

/** What a certificate says; what is left out is as in an ordinary one. */
export type Request = {
  readonly subject: Der;
  readonly keys: Keys;
  readonly extensions?: readonly Der[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly serial?: number;
  readonly version?: 1 | 3;
};

/** Has an issuer certify a key. */
export function certify(request: Request, issuer: Pick<Issuer, 'name' | 'keys' | 'scheme'>): Buffer {
  const { extensions = [], version = 3, serial = randomBytes(3).readUIntBE(0, 3) } = request;
  const { notBefore = noon - 30 * day, notAfter = noon + 300 * day } = request;
  const tbs = der.sequence(
    ...(version === 3 ? [der.tagged(0, der.integer(2))] : []),
    der.integer(serial),
    algorithms[issuer.scheme](),
    issuer.name,
    der.sequence(der.time(notBefore), der.time(notAfter)),
    request.subject,
    der.raw(request.keys.publicKey.export({ type: 'spki', format: 'der' })),
    ...(version === 3 && extensions.length > 0 ? [der.tagged(3, der.sequence(...extensions))] : []),
  );
  return signed(tbs, issuer);
}

/** An authority that signs itself. */
export function rootOf(cn: string, own: Keys, scheme: Scheme, more: Partial<Request> = {}): Issuer {
  const name = nameOf({ O: 'Test', CN: cn });
  const extensions = [basicConstraints(true), keyUsage(5, 6)];
  const certificate = certify({ subject: name, keys: own, extensions, ...more }, { name, keys: own, scheme });
  return { name, keys: own, scheme, certificate };
}

/** An authority below another. */
export function authorityOf(
  cn: string,
  own: Keys,
  [issuer, scheme]: readonly [Issuer, Scheme],
  more: Partial<Request> = {},
): Issuer {
  const name = more.subject ?? nameOf({ O: 'Test', CN: cn });
  const extensions = [basicConstraints(true), keyUsage(5, 6)];
  return { name, keys: own, scheme, certificate: certify({ subject: name, keys: own, extensions, ...more }, issuer) };
}

/** A person's certificate for mail. */
export const personOf = (email: string, own: Keys, issuer: Issuer, more: Partial<Request> = {}): Buffer =>
  certify(
    {
      subject: nameOf({ CN: email }),
      keys: own,
      extensions: [keyUsage(0), extendedKeyUsage(emailProtection), subjectAltName(general.email(email))],
      ...more,
    },
    issuer,
  );

/** What a revocation list says. */
export type ListRequest = {
  readonly revoked?: readonly {
    readonly serial: number;
    readonly reason?: number;
    readonly extensions?: readonly Der[];
  }[];
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  readonly extensions?: readonly Der[];
};

/** The writer has no negative numbers; -1…-128 is enough here. */
const serialOf = (serial: number): Der =>
  serial < 0 ? der.encode(0x02, [Buffer.from([serial & 0xff])]) : der.integer(serial);

/** Has an issuer sign a revocation list. */
export function listOf(issuer: Pick<Issuer, 'name' | 'keys' | 'scheme'>, request: ListRequest = {}): Buffer {
  const { revoked = [], thisUpdate = noon - day, nextUpdate = noon + 30 * day, extensions = [] } = request;
  const entries = revoked.map(({ serial, reason, extensions: own = [] }) => {
    const code = reason === undefined ? [] : [extension('2.5.29.21', der.encode(0x0a, [Buffer.from([reason])]))];
    const all = [...code, ...own];
    return der.sequence(serialOf(serial), der.time(noon - 2 * day), ...(all.length > 0 ? [der.sequence(...all)] : []));
  });
  const tbs = der.sequence(
    der.integer(1),
    algorithms[issuer.scheme](),
    issuer.name,
    der.time(thisUpdate),
    ...(nextUpdate === null ? [] : [der.time(nextUpdate)]),
    ...(entries.length > 0 ? [der.encode(0x30, entries.flat())] : []),
    ...(extensions.length > 0 ? [der.tagged(0, der.sequence(...extensions))] : []),
  );
  return signed(tbs, issuer);
}

/** A key identifier, for those extensions that name a key. */
const keyIdentifier = (own: Keys): Buffer =>
  createHash('sha1')
    .update(own.publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
export const subjectKeyIdentifier = (own: Keys): Der => extension('2.5.29.14', der.octetString(keyIdentifier(own)));
export const authorityKeyIdentifier = (own: Keys): Der =>
  extension('2.5.29.35', der.sequence(der.encode(0x80, [keyIdentifier(own)])));

/** As a file has it. */
export const pem = (octets: Uint8Array, label = 'CERTIFICATE'): string => formatPem(label, octets);
