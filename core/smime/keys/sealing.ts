import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from 'node:crypto';

/** The cost of scrypt (RFC 7914): memory is 128 · N · r octets. */
export type ScryptCost = { readonly N: number; readonly r: number; readonly p: number };

/** 128 MB and some 0.3 s, once when the keystore is opened. */
export const defaultCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };

const [saltLength, nonceLength, tagLength] = [16, 12, 16];
const headLength = saltLength + nonceLength + tagLength;

/** The key everything in a keystore is sealed under. */
export function deriveStoreKey(passphrase: Buffer, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options = { ...cost, maxmem: 256 * cost.N * cost.r };
  scrypt(passphrase, salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)));
  return promise;
}

/**
 * Seals a secret: AES-256-GCM under a key of its own, so that no nonce is ever used twice under one key.
 *
 * @param context what has to stay with it: a sealed secret opens with the same context only
 * @returns salt, nonce, tag and ciphertext in one
 */
export function seal(storeKey: Buffer, context: string, secret: Uint8Array): Buffer {
  const salt = randomBytes(saltLength);
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', keyOf(storeKey, salt), nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), sealed]);
}

/** @returns null when the key or the context is another, or something was changed */
export function unseal(storeKey: Buffer, context: string, sealed: Buffer): Buffer | null {
  if (sealed.length < headLength) return null;
  const salt = sealed.subarray(0, saltLength);
  const nonce = sealed.subarray(saltLength, saltLength + nonceLength);
  const tag = sealed.subarray(saltLength + nonceLength, headLength);
  const decipher = createDecipheriv('aes-256-gcm', keyOf(storeKey, salt), nonce, { authTagLength: tagLength });
  decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(sealed.subarray(headLength)), decipher.final()]);
  } catch {
    return null;
  }
}

const keyOf = (storeKey: Buffer, salt: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', storeKey, salt, 'sluice keystore', 32));
