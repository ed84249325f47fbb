import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Certificate } from '../asn1/certificate.ts';

/** Keys kept at most: those who write often. */
const most = 1000;
const known = new Map<string, KeyObject | null>();

/** Reading a key takes longer than verifying with it. @returns null for a key that OpenSSL does not know or take */
export function publicKeyOf({ publicKey }: Certificate): KeyObject | null {
  const name = publicKey.toString('latin1');
  const before = known.get(name);
  if (before !== undefined) return before;
  const key = read(publicKey);
  const [oldest] = known.keys();
  if (known.size >= most && oldest !== undefined) known.delete(oldest);
  known.set(name, key);
  return key;
}

function read(publicKey: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
