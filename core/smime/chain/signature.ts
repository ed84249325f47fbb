import { verify, type KeyObject } from 'node:crypto';
import { Malformed } from '../asn1/malformed.ts';
import type { Algorithm } from '../cms/algorithm.ts';
import { isWeakDigest } from '../cms/digest.ts';
import { oids } from '../cms/oids.ts';
import { fitsKey, keyInput, readPss, type SignatureAlgorithm } from '../cms/signature-algorithm.ts';

/** What an issuer has signed, and how. */
export type Signed = { readonly tbs: Buffer; readonly algorithm: Algorithm; readonly signature: Buffer };

/** @source RFC 4055 §5, RFC 5758, RFC 8410; in certificates the signature algorithm names the digest, too */
const algorithms = new Map<string, SignatureAlgorithm>([
  ['1.2.840.113549.1.1.4', { scheme: 'rsa-pkcs1', digest: 'md5' }],
  ['1.2.840.113549.1.1.5', { scheme: 'rsa-pkcs1', digest: 'sha1' }],
  ['1.3.14.3.2.29', { scheme: 'rsa-pkcs1', digest: 'sha1' }],
  ['1.2.840.113549.1.1.14', { scheme: 'rsa-pkcs1', digest: 'sha224' }],
  ['1.2.840.113549.1.1.11', { scheme: 'rsa-pkcs1', digest: 'sha256' }],
  ['1.2.840.113549.1.1.12', { scheme: 'rsa-pkcs1', digest: 'sha384' }],
  ['1.2.840.113549.1.1.13', { scheme: 'rsa-pkcs1', digest: 'sha512' }],
  ['1.2.840.10045.4.1', { scheme: 'ecdsa', digest: 'sha1' }],
  ['1.2.840.10045.4.3.1', { scheme: 'ecdsa', digest: 'sha224' }],
  ['1.2.840.10045.4.3.2', { scheme: 'ecdsa', digest: 'sha256' }],
  ['1.2.840.10045.4.3.3', { scheme: 'ecdsa', digest: 'sha384' }],
  ['1.2.840.10045.4.3.4', { scheme: 'ecdsa', digest: 'sha512' }],
  ['1.3.101.112', { scheme: 'ed25519', digest: null }],
  ['1.3.101.113', { scheme: 'ed448', digest: null }],
]);

/** What became of checking a signature. */
export type SignatureCheck = 'valid' | 'invalid' | 'unsupported';

/** @param key of the signer; null is a key node:crypto cannot use */
export function checkSignature({ tbs, algorithm, signature }: Signed, key: KeyObject | null): SignatureCheck {
  const read = readAlgorithmOf(algorithm);
  if (!read || !key || !fitsKey(read, key)) return 'unsupported';
  try {
    return verify(read.digest, tbs, keyInput(read, key), signature) ? 'valid' : 'invalid';
  } catch {
    return 'invalid'; // octets that are no signature of this kind
  }
}

/** The broken digest of a signature algorithm; null when it holds, or is not known. @source RFC 8550 §4.3 */
export function weaknessOf(algorithm: Algorithm): string | null {
  const digest = readAlgorithmOf(algorithm)?.digest ?? null;
  return digest !== null && isWeakDigest(digest) ? digest : null;
}

/** What is wrong with the length of an RSA key; null when nothing is. @source RFC 8550 §4.4 */
export function shortnessOf(key: KeyObject | null): { readonly bits: number; readonly isBroken: boolean } | null {
  const bits = key?.asymmetricKeyDetails?.modulusLength;
  return bits !== undefined && bits < 2048 ? { bits, isBroken: bits < 1024 } : null;
}

function readAlgorithmOf(algorithm: Algorithm): SignatureAlgorithm | null {
  if (algorithm.oid !== oids.pss) return algorithms.get(algorithm.oid) ?? null;
  try {
    return readPss(algorithm);
  } catch (cause) {
    if (cause instanceof Malformed) return null;
    throw cause;
  }
}
