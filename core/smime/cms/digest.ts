import { createHash, type Hash } from 'node:crypto';
import { oid, sequence, type Der } from '../asn1/der.ts';
import { algorithmWithNull, readAlgorithm, type Algorithm } from './algorithm.ts';
import { oids } from './oids.ts';

const digestTable = [
  ['md5', '1.2.840.113549.2.5'],
  ['sha1', '1.3.14.3.2.26'],
  ['sha224', '2.16.840.1.101.3.4.2.4'],
  ['sha256', '2.16.840.1.101.3.4.2.1'],
  ['sha384', '2.16.840.1.101.3.4.2.2'],
  ['sha512', '2.16.840.1.101.3.4.2.3'],
  ['sha512-224', '2.16.840.1.101.3.4.2.5'],
  ['sha512-256', '2.16.840.1.101.3.4.2.6'],
  ['sha3-224', '2.16.840.1.101.3.4.2.7'],
  ['sha3-256', '2.16.840.1.101.3.4.2.8'],
  ['sha3-384', '2.16.840.1.101.3.4.2.9'],
  ['sha3-512', '2.16.840.1.101.3.4.2.10'],
  ['shake256', '2.16.840.1.101.3.4.2.12'],
] as const;

/** Digest algorithms, by the names node:crypto has for them. @source RFC 5754 §2, RFC 9688 §2 */
export type Digest = (typeof digestTable)[number][0];

const byName = new Map<Digest, string>(digestTable);
const byOid = new Map<string, Digest>([
  ...digestTable.map(([name, dotted]) => [dotted, name] as const),
  ['2.16.840.1.101.3.4.2.18', 'shake256'], // with its length as a parameter
]);

/** Whether a signature may no longer rest on it. @source RFC 8551 §2.1, Appendix B */
export const isWeakDigest = (digest: Digest): boolean => digest === 'md5' || digest === 'sha1';

/** @returns null for one that is not supported */
export const readDigest = (algorithm: Algorithm): Digest | null => byOid.get(algorithm.oid) ?? null;

/** By the name node:crypto has for it. @returns null for one that is not supported */
export const findDigest = (name: string): Digest | null => digestTable.find(([known]) => known === name)?.[0] ?? null;

/** The digest of MGF1, as RSAES-OAEP and RSASSA-PSS name it. @returns null for anything else @throws Malformed */
export function readMaskDigest({ oid: dotted, parameters }: Algorithm): Digest | null {
  return dotted === oids.mgf1 && parameters ? readDigest(readAlgorithm(parameters)) : null;
}

/** SHAKE256 with the 512 bits RFC 8702 §3.1 and RFC 8419 §2.3 ask for. */
export const createDigest = (digest: Digest): Hash =>
  digest === 'shake256' ? createHash('shake256', { outputLength: 64 }) : createHash(digest);

/** Without parameters. @source RFC 5754 §2 */
export const writeDigest = (digest: Digest): Der => sequence(oid(byName.get(digest) ?? ''));

/** What hash and mask generation of RSAES-OAEP and RSASSA-PSS are written as. @source RFC 4055 §2.1–2.2 */
export function writeDigestAndMask(digest: Digest, mask = digest): { readonly hash: Der; readonly mask: Der } {
  const [hash, masked] = [digest, mask].map((name) => algorithmWithNull(byName.get(name) ?? ''));
  return { hash: hash ?? [], mask: sequence(oid(oids.mgf1), masked ?? []) };
}
