import { constants, createPublicKey, type KeyObject } from 'node:crypto';
import { integer, joinDer, oid, raw, sequence, tagged, type Der } from '../asn1/der.ts';
import { readElement } from '../asn1/element.ts';
import { fieldsOf, onlyChild, readCount, tags } from '../asn1/values.ts';
import { algorithmWithNull, readAlgorithm, type Algorithm } from './algorithm.ts';
import { createDigest, findDigest, readDigest, readMaskDigest, writeDigestAndMask, type Digest } from './digest.ts';
import { oids } from './oids.ts';
import { schemeOf } from './signature-scheme.ts';

/** How octets become a signature. `salt` in octets; `mask` is the digest of MGF1 where it is another one. */
export type SignatureAlgorithm =
  | { readonly scheme: 'rsa-pkcs1'; readonly digest: Digest }
  | { readonly scheme: 'rsa-pss'; readonly digest: Digest; readonly salt: number; readonly mask?: Digest }
  | { readonly scheme: 'ecdsa'; readonly digest: Digest }
  | { readonly scheme: 'ed25519'; readonly digest: null }
  | { readonly scheme: 'ed448'; readonly digest: null };

const ecdsaOids = new Map<Digest, string>([
  ['sha256', '1.2.840.10045.4.3.2'],
  ['sha384', '1.2.840.10045.4.3.3'],
  ['sha512', '1.2.840.10045.4.3.4'],
]);

/**
 * Joins what a SignerInfo says of its signature and its digest. Where both name a digest, digestAlgorithm decides
 * (RFC 5652 §5.4; OpenSSL and Bouncy Castle do it so, too); RSASSA-PSS has its own.
 *
 * @returns null when it is not supported
 * @throws Malformed
 */
export function readSignatureAlgorithm(algorithm: Algorithm, digest: Digest): SignatureAlgorithm | null {
  const scheme = schemeOf(algorithm.oid);
  if (scheme === null) return null;
  if (scheme === 'rsa-pss') {
    const pss = readPss(algorithm);
    return pss?.digest === digest ? pss : null;
  }
  if (scheme === 'ed25519' || scheme === 'ed448') return { scheme, digest: null };
  return digest === 'shake256' ? null : { scheme, digest };
}

type Pss = Extract<SignatureAlgorithm, { readonly scheme: 'rsa-pss' }>;

/**
 * RSASSA-PSS names its digest, that of its mask, and its salt; SHA-1 for what it leaves out.
 *
 * @returns null when it is not supported
 * @throws Malformed
 * @source RFC 4055 §3.1, RFC 4056 §3
 */
export function readPss({ parameters }: Algorithm): Pss | null {
  const fields = parameters && fieldsOf(parameters);
  const [hash, mask, salt, trailer] = [0xa0, 0xa1, 0xa2, 0xa3].map((tag) => fields?.optional(tag) ?? null);
  const digest = hash ? readDigest(readAlgorithm(onlyChild(hash))) : 'sha1';
  const masked = mask ? readMaskDigest(readAlgorithm(onlyChild(mask))) : 'sha1';
  if (digest === null || masked === null || (trailer && readCount(onlyChild(trailer)) !== 1)) return null;
  const read = { scheme: 'rsa-pss', digest, salt: salt ? readCount(onlyChild(salt)) : 20 } as const;
  return masked === digest ? read : { ...read, mask: masked };
}

/** @source RFC 5754 §3, RFC 4056, RFC 8419 */
export function writeSignatureAlgorithm(algorithm: SignatureAlgorithm): Der {
  if (algorithm.scheme === 'rsa-pkcs1') return algorithmWithNull(oids.rsa);
  if (algorithm.scheme === 'ed25519') return sequence(oid('1.3.101.112'));
  if (algorithm.scheme === 'ed448') return sequence(oid('1.3.101.113'));
  if (algorithm.scheme === 'ecdsa') return sequence(oid(ecdsaOids.get(algorithm.digest) ?? ''));
  const { hash, mask } = writeDigestAndMask(algorithm.digest, algorithm.mask);
  return sequence(oid(oids.pss), sequence(tagged(0, hash), tagged(1, mask), tagged(2, integer(algorithm.salt))));
}

const digestOfCurve = new Map<string, Digest>([
  ['prime256v1', 'sha256'],
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
]);

/**
 * What to sign with by default.
 *
 * @param key either half of it
 * @returns null for a key that cannot sign mail
 */
export function signatureAlgorithmFor(key: KeyObject, wish: 'pkcs1' | 'pss' = 'pkcs1'): SignatureAlgorithm | null {
  const type = key.asymmetricKeyType;
  if (type === 'rsa-pss') return pssFor(key);
  if (type === 'rsa' && wish === 'pss') return { scheme: 'rsa-pss', digest: 'sha256', salt: 32 };
  if (type === 'rsa') return { scheme: 'rsa-pkcs1', digest: 'sha256' };
  if (type === 'ed25519' || type === 'ed448') return { scheme: type, digest: null };
  const digest = digestOfCurve.get(key.asymmetricKeyDetails?.namedCurve ?? '');
  return type === 'ec' && digest ? { scheme: 'ecdsa', digest } : null;
}

/** A key for RSASSA-PSS alone may say with which digest, mask and salt (at least) it is to be used. @source RFC 4055 §3.1 */
function pssFor({ asymmetricKeyDetails: details }: KeyObject): Pss | null {
  const digest = findDigest(details?.hashAlgorithm ?? 'sha256');
  const mask = findDigest(details?.mgf1HashAlgorithm ?? digest ?? '');
  if (digest === null || mask === null) return null;
  const salt = Math.max(details?.saltLength ?? 0, createDigest(digest).digest().length);
  return { scheme: 'rsa-pss', digest, salt, ...(mask === digest ? {} : { mask }) };
}

/** The digest of the content that goes with it. @source RFC 8419 §3.1 */
export const contentDigestOf = ({ scheme, digest }: SignatureAlgorithm): Digest =>
  digest ?? (scheme === 'ed448' ? 'shake256' : 'sha512');

/** Whether a key is of the kind the algorithm needs. */
export function fitsKey({ scheme }: SignatureAlgorithm, { asymmetricKeyType: type }: KeyObject): boolean {
  if (scheme === 'rsa-pkcs1') return type === 'rsa';
  if (scheme === 'rsa-pss') return type === 'rsa' || type === 'rsa-pss';
  return scheme === 'ecdsa' ? type === 'ec' : type === scheme;
}

/** The key with what node:crypto must know to sign or verify with it. */
export function keyInput(algorithm: SignatureAlgorithm, key: KeyObject) {
  if (algorithm.scheme !== 'rsa-pss') return { key };
  const bound = algorithm.mask === undefined ? key : bindKey(algorithm, key);
  return { key: bound, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.salt };
}

/** node:crypto has no option for the digest of MGF1, but it heeds what a key says of itself (RFC 4055 §3.1). */
function bindKey(algorithm: SignatureAlgorithm, key: KeyObject): KeyObject {
  if (key.type === 'private') return key; // it is because the key says so that the digest is another one
  const fields = fieldsOf(readElement(key.export({ format: 'der', type: 'spki' })));
  fields.next(tags.sequence);
  const bits = raw(fields.next(tags.bitString).octets);
  const info = joinDer(sequence(writeSignatureAlgorithm(algorithm), bits));
  return createPublicKey({ key: info, format: 'der', type: 'spki' });
}
