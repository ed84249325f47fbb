import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { bitString, joinDer, octetString, raw, sequence, tagged } from '../asn1/der.ts';
import { Malformed } from '../asn1/malformed.ts';

/** From a shared secret to a key that wraps: X9.63 or HKDF. */
export type Derivation = { readonly kind: 'x963' | 'hkdf'; readonly digest: string };

/**
 * Schemes by their object identifiers. Cofactor and standard Diffie-Hellman are the same on the curves of NIST.
 *
 * @source RFC 5753 §7.1.4, RFC 8418 §2.2
 */
const derivations = new Map<string, Derivation>([
  ['1.3.133.16.840.63.0.2', { kind: 'x963', digest: 'sha1' }],
  ['1.3.132.1.11.0', { kind: 'x963', digest: 'sha224' }],
  ['1.3.132.1.11.1', { kind: 'x963', digest: 'sha256' }],
  ['1.3.132.1.11.2', { kind: 'x963', digest: 'sha384' }],
  ['1.3.132.1.11.3', { kind: 'x963', digest: 'sha512' }],
  ['1.3.133.16.840.63.0.3', { kind: 'x963', digest: 'sha1' }],
  ['1.3.132.1.14.0', { kind: 'x963', digest: 'sha224' }],
  ['1.3.132.1.14.1', { kind: 'x963', digest: 'sha256' }],
  ['1.3.132.1.14.2', { kind: 'x963', digest: 'sha384' }],
  ['1.3.132.1.14.3', { kind: 'x963', digest: 'sha512' }],
  ['1.2.840.113549.1.9.16.3.19', { kind: 'hkdf', digest: 'sha256' }],
  ['1.2.840.113549.1.9.16.3.20', { kind: 'hkdf', digest: 'sha384' }],
  ['1.2.840.113549.1.9.16.3.21', { kind: 'hkdf', digest: 'sha512' }],
]);

/** @returns null for a scheme that is not supported */
export const findDerivation = (oid: string): Derivation | null => derivations.get(oid) ?? null;

/** Key wraps by their object identifiers, with the octets of the key they need. @source RFC 3565 §2.3.2, RFC 3370 §4.3.1 */
const wraps = new Map<string, Wrap>([
  ['2.16.840.1.101.3.4.1.5', { cipher: 'aes128-wrap', keyLength: 16, vector: Buffer.alloc(8, 0xa6) }],
  ['2.16.840.1.101.3.4.1.25', { cipher: 'aes192-wrap', keyLength: 24, vector: Buffer.alloc(8, 0xa6) }],
  ['2.16.840.1.101.3.4.1.45', { cipher: 'aes256-wrap', keyLength: 32, vector: Buffer.alloc(8, 0xa6) }],
  ['1.2.840.113549.1.9.16.3.6', { cipher: 'id-smime-alg-cms3deswrap', keyLength: 24, vector: null }],
]);

export type Wrap = { readonly cipher: string; readonly keyLength: number; readonly vector: Buffer | null };

/** @returns null for a wrap that is not supported */
export const findWrap = (oid: string): Wrap | null => wraps.get(oid) ?? null;

/** What both sides derive the same key from. */
export type Shared = {
  readonly secret: Uint8Array;
  readonly derivation: Derivation;
  readonly wrap: Wrap;
  /** The AlgorithmIdentifier of the wrap as it stands in the message, in DER. */
  readonly wrapAlgorithm: Uint8Array;
  readonly material: Uint8Array | null;
};

/** @source RFC 5753 §7.2 (ECC-CMS-SharedInfo), RFC 8418 §2.2 */
export function deriveKey({ secret, derivation, wrap, wrapAlgorithm, material }: Shared): Buffer {
  const bits = Buffer.alloc(4);
  bits.writeUInt32BE(wrap.keyLength * 8);
  const info = joinDer(
    sequence(raw(wrapAlgorithm), ...(material ? [tagged(0, octetString(material))] : []), tagged(2, octetString(bits))),
  );
  if (derivation.kind === 'hkdf')
    return Buffer.from(hkdfSync(derivation.digest, secret, Buffer.alloc(0), info, wrap.keyLength));
  return deriveX963(derivation.digest, secret, info, wrap.keyLength);
}

/** @source SEC 1 §3.6.1 */
function deriveX963(digest: string, secret: Uint8Array, info: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  const counter = Buffer.alloc(4);
  for (let made = 0; made < length; made += blocks.at(-1)?.length ?? length) {
    counter.writeUInt32BE(blocks.length + 1);
    blocks.push(createHash(digest).update(secret).update(counter).update(info).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** @throws Error when the key does not fit @source RFC 3394 */
export function unwrapKey({ cipher, vector }: Wrap, key: Uint8Array, wrapped: Uint8Array): Buffer {
  if (wrapped.length > 128) throw new Malformed('a wrapped key beyond reason');
  const decipher = createDecipheriv(cipher, key, vector);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

/** @source RFC 3394 */
export function wrapKey({ cipher, vector }: Wrap, key: Uint8Array, contentKey: Uint8Array): Buffer {
  const encipher = createCipheriv(cipher, key, vector);
  return Buffer.concat([encipher.update(contentKey), encipher.final()]);
}

/** A SubjectPublicKeyInfo of the recipient's kind with the sender's key. @param keyAlgorithm of the recipient */
export const joinPublicKey = (keyAlgorithm: Uint8Array, publicKey: Uint8Array): Buffer =>
  joinDer(sequence(raw(keyAlgorithm), bitString(publicKey)));
