import { createDecipheriv, type DecipherGCM } from 'node:crypto';
import { Malformed } from '../asn1/malformed.ts';
import { fieldsOf, readCount, readOctets, tags } from '../asn1/values.ts';
import type { Algorithm } from './algorithm.ts';

/** Ciphers of contents, by the names node:crypto has for them. */
const cipherTable = [
  ['aes-128-cbc', '2.16.840.1.101.3.4.1.2', 16],
  ['aes-192-cbc', '2.16.840.1.101.3.4.1.22', 24],
  ['aes-256-cbc', '2.16.840.1.101.3.4.1.42', 32],
  ['aes-128-gcm', '2.16.840.1.101.3.4.1.6', 16],
  ['aes-192-gcm', '2.16.840.1.101.3.4.1.26', 24],
  ['aes-256-gcm', '2.16.840.1.101.3.4.1.46', 32],
  ['aes-128-ccm', '2.16.840.1.101.3.4.1.7', 16],
  ['aes-192-ccm', '2.16.840.1.101.3.4.1.27', 24],
  ['aes-256-ccm', '2.16.840.1.101.3.4.1.47', 32],
  ['des-ede3-cbc', '1.2.840.113549.3.7', 24],
] as const;

export type CipherName = (typeof cipherTable)[number][0];

/** A cipher as a message names it: what is needed besides the key. */
export type ContentCipher = {
  readonly name: CipherName;
  /** Octets. */
  readonly keyLength: number;
  /** Initialization vector or nonce. */
  readonly nonce: Buffer;
  /** Octets of the tag; 0 without authentication. */
  readonly tagLength: number;
};

export const isAuthenticated = (name: CipherName): boolean => name.endsWith('-gcm') || isCcm(name);

const ccm = ['aes-128-ccm', 'aes-192-ccm', 'aes-256-ccm'] as const;
const isCcm = (name: CipherName): name is (typeof ccm)[number] => ccm.some((one) => one === name);

/** @returns null for a cipher that is not supported @throws Malformed @source RFC 3565, RFC 5084, RFC 3370 §5.1 */
export function readContentCipher({ oid, parameters }: Algorithm): ContentCipher | null {
  const [name, , keyLength] = cipherTable.find(([, dotted]) => dotted === oid) ?? [];
  if (name === undefined || keyLength === undefined) return null;
  if (!parameters) throw new Malformed('a cipher without parameters');
  if (isAuthenticated(name)) return { name, keyLength, ...readAead(name, parameters) };
  const nonce = readOctets(parameters);
  if (nonce.length !== (name === 'des-ede3-cbc' ? 8 : 16)) throw new Malformed('a vector of the wrong length');
  return { name, keyLength, nonce, tagLength: 0 };
}

/** @source RFC 5084 §3.1–3.2 */
function readAead(
  name: CipherName,
  parameters: NonNullable<Algorithm['parameters']>,
): Pick<ContentCipher, 'nonce' | 'tagLength'> {
  const fields = fieldsOf(parameters);
  const nonce = readOctets(fields.next(tags.octetString));
  const length = fields.optional(tags.integer);
  const tagLength = length ? readCount(length) : 12;
  const [shortest, longest] = isCcm(name) ? [7, 13] : [1, 64];
  const isTag = tagLength >= 12 && tagLength <= 16 && (!isCcm(name) || tagLength % 2 === 0);
  if (nonce.length < shortest || nonce.length > longest || !isTag)
    throw new Malformed('parameters of the cipher out of range');
  return { nonce, tagLength };
}

/** What authenticates contents: the tag, and the attributes it covers. */
export type Authentication = { readonly tag: Buffer; readonly attributes: Buffer | null };

/** What decrypts contents piece by piece; `final` throws where padding or tag say that it did not. */
export type ContentDecipher = { update(octets: Buffer): Buffer; final(): Buffer };

/** @param authentication null for a cipher without @throws Malformed when the tag has another length than was said */
export function createContentDecipher(
  cipher: ContentCipher,
  key: Uint8Array,
  authentication: Authentication | null,
): ContentDecipher {
  const { name, nonce, tagLength } = cipher;
  if (!authentication) return createDecipheriv(name, key, nonce);
  if (authentication.tag.length !== tagLength) throw new Malformed('a tag of the wrong length');
  if (isCcm(name)) return createCcm({ ...cipher, name }, key, authentication);
  const decipher: DecipherGCM = createGcm(name, key, nonce, tagLength);
  decipher.setAuthTag(authentication.tag);
  if (authentication.attributes) decipher.setAAD(authentication.attributes);
  return decipher;
}

function createGcm(name: CipherName, key: Uint8Array, nonce: Buffer, authTagLength: number): DecipherGCM {
  if (name === 'aes-128-gcm' || name === 'aes-192-gcm' || name === 'aes-256-gcm')
    return createDecipheriv(name, key, nonce, { authTagLength });
  throw new Error('a cipher without authentication');
}

/** LIMIT: CCM starts with the length of the content, so all of it is held in memory (RFC 3610 §2.2). */
function createCcm(
  { name, nonce, tagLength }: ContentCipher & { readonly name: (typeof ccm)[number] },
  key: Uint8Array,
  { tag, attributes }: Authentication,
): ContentDecipher {
  const pieces: Buffer[] = [];
  return {
    update(octets) {
      pieces.push(Buffer.from(octets));
      return Buffer.alloc(0);
    },
    final() {
      const octets = Buffer.concat(pieces);
      const decipher = createDecipheriv(name, key, nonce, { authTagLength: tagLength });
      decipher.setAuthTag(tag);
      if (attributes) decipher.setAAD(attributes, { plaintextLength: octets.length });
      return Buffer.concat([decipher.update(octets), decipher.final()]);
    },
  };
}

/** The object identifier of a cipher, and octets of its key. */
export function describeCipher(name: CipherName): { readonly oid: string; readonly keyLength: number } {
  const [, oid = '', keyLength = 0] = cipherTable.find(([known]) => known === name) ?? [];
  return { oid, keyLength };
}
