import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Certificate } from '../asn1/certificate.ts';

/** @returns null for a key that OpenSSL does not know or take */
export function publicKeyOf({ publicKey }: Certificate): KeyObject | null {
  try {
    return createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
