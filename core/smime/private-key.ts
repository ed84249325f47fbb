import { constants, createPublicKey, diffieHellman, privateDecrypt, sign, type KeyObject } from 'node:crypto';
import type { Digest } from './cms/digest.ts';
import { decodeOaep } from './cms/oaep.ts';
import { keyInput, type SignatureAlgorithm } from './cms/signature-algorithm.ts';

/**
 * How a content-encryption key is wrapped for an RSA key. `label` is empty but for odd senders; `mask` is the digest of
 * MGF1 where it is another one, which can only be read.
 */
export type RsaPadding =
  | { readonly kind: 'pkcs1' }
  | { readonly kind: 'oaep'; readonly digest: Digest; readonly label: Uint8Array; readonly mask?: Digest };

/** All that is ever done with a private key: a few hundred octets in, a few hundred out. */
export type PrivateKeyOperation =
  | { readonly kind: 'sign'; readonly algorithm: SignatureAlgorithm; readonly octets: Uint8Array }
  | { readonly kind: 'decrypt'; readonly padding: RsaPadding; readonly octets: Uint8Array }
  /** Diffie-Hellman with the public key in `octets`, a SubjectPublicKeyInfo. */
  | { readonly kind: 'agree'; readonly octets: Uint8Array };

/**
 * Uses a private key, wherever it lives. Rejects when the key cannot do what is asked, or the octets are not for it;
 * the reason is for a log only, never for who sent them.
 */
export type UsePrivateKey = (operation: PrivateKeyOperation) => Promise<Uint8Array>;

/** A key in this process. RSA decryption rejects implicitly: a wrong PKCS #1 padding gives random octets, no error. */
export const privateKeyOf =
  (key: KeyObject): UsePrivateKey =>
  async (operation) => {
    if (operation.kind === 'sign') {
      const { algorithm, octets } = operation;
      return sign(algorithm.digest, octets, keyInput(algorithm, key));
    }
    if (operation.kind === 'decrypt') return decryptWith(key, operation.padding, operation.octets);
    const publicKey = createPublicKey({ key: Buffer.from(operation.octets), format: 'der', type: 'spki' });
    return diffieHellman({ privateKey: key, publicKey });
  };

/** node:crypto has one option for both digests of OAEP; where they differ, the padding is taken off here. */
function decryptWith(key: KeyObject, padding: RsaPadding, octets: Uint8Array): Buffer {
  if (padding.kind === 'pkcs1' || padding.mask === undefined)
    return privateDecrypt({ key, ...decryption(padding) }, octets);
  return decodeOaep(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, octets), padding);
}

/** What node:crypto wants to know of a padding; the same for both directions. */
export function decryption(padding: RsaPadding) {
  if (padding.kind === 'pkcs1') return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: padding.digest, oaepLabel: padding.label };
}
