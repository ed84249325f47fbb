import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import type { Element } from '../../asn1/element.ts';
import { childrenOf } from '../../asn1/element.ts';
import { Malformed } from '../../asn1/malformed.ts';
import { fieldsOf, readCount, readOctets, tags } from '../../asn1/values.ts';
import { readAlgorithm, type Algorithm } from '../../cms/algorithm.ts';
import { Refused } from '../refusal.ts';
import { spend, type Budget } from './budget.ts';

const pbkdf2 = '1.2.840.113549.1.5.12';
const scrypt = '1.3.6.1.4.1.11591.4.11';
/** @source RFC 8018 Appendix B.1 */
const prfs = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);
const ciphers = new Map<string, readonly [name: string, keyLength: number]>([
  ['2.16.840.1.101.3.4.1.2', ['aes-128-cbc', 16]],
  ['2.16.840.1.101.3.4.1.22', ['aes-192-cbc', 24]],
  ['2.16.840.1.101.3.4.1.42', ['aes-256-cbc', 32]],
  ['1.2.840.113549.3.7', ['des-ede3-cbc', 24]],
]);

/**
 * Decrypts what PBES2 encrypted.
 *
 * @returns null when the padding is wrong: most likely another password
 * @throws Malformed, Refused
 * @source RFC 8018 §6.2
 */
export function decryptPbes2(parameters: Element, octets: Buffer, password: Buffer, budget: Budget): Buffer | null {
  const fields = fieldsOf(parameters);
  const derivation = readAlgorithm(fields.next(tags.sequence));
  const encryption = readAlgorithm(fields.next(tags.sequence));
  const [cipher, keyLength] = ciphers.get(encryption.oid) ?? unsupported(encryption.oid);
  const key = deriveKey(derivation, password, keyLength, budget);
  const iv = encryption.parameters && readOctets(encryption.parameters);
  if (iv?.length !== (cipher.startsWith('aes') ? 16 : 8)) throw new Malformed('no initialization vector');
  const decipher = createDecipheriv(cipher, key, iv);
  try {
    return Buffer.concat([decipher.update(octets), decipher.final()]);
  } catch {
    return null;
  }
}

/** PBKDF2 or scrypt. @param length of the key unless the parameters say another @throws Malformed, Refused */
export function deriveKey({ oid, parameters }: Algorithm, password: Buffer, length: number, budget: Budget): Buffer {
  if (oid === scrypt && parameters) return deriveScrypt(parameters, password, length, budget);
  if (oid !== pbkdf2 || !parameters) return unsupported(oid);
  const [salt, iterations, ...more] = childrenOf(parameters);
  if (!salt || !iterations) throw new Malformed('no salt, or no iterations');
  const named = more.find(({ tag }) => tag === tags.sequence);
  const prf = named ? readAlgorithm(named).oid : '1.2.840.113549.2.7';
  const rounds = readCount(iterations);
  if (rounds < 1) throw new Malformed('no iterations');
  spend(budget, rounds);
  return pbkdf2Sync(password, readOctets(salt), rounds, length, prfs.get(prf) ?? unsupported(prf));
}

/** @source RFC 7914 §7 */
function deriveScrypt(parameters: Element, password: Buffer, length: number, budget: Budget): Buffer {
  const fields = fieldsOf(parameters);
  const salt = readOctets(fields.next(tags.octetString));
  const [N, r, p] = [0, 1, 2].map(() => readCount(fields.next(tags.integer)));
  if (!N || !r || !p) throw new Malformed('no cost');
  spend(budget, N * r * p);
  return scryptSync(password, salt, length, { N, r, p, maxmem: 2 ** 28 });
}

/** The digest of an HMAC; null when it is not supported. */
export const hmacDigest = (oid: string): string | null => prfs.get(oid) ?? null;

/** @throws Refused */
export function unsupported(oid: string): never {
  throw new Refused('unsupported', oid);
}
