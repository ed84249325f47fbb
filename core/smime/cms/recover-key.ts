import { randomBytes } from 'node:crypto';
import { Fault } from '../../errors.ts';
import { reencode } from '../asn1/canonical.ts';
import { joinDer } from '../asn1/der.ts';
import type { Certificate } from '../asn1/certificate.ts';
import { readCertificates, identifies } from './identify.ts';
import { readAlgorithm } from './algorithm.ts';
import { deriveKey, findDerivation, findWrap, joinPublicKey, unwrapKey } from './key-agreement.ts';
import { readRsaPadding } from './key-transport.ts';
import type { Recipient } from './recipient.ts';
import type { UsePrivateKey } from '../private-key.ts';

/** A private key to decrypt with, and the DER of the certificate that says for whom it is. */
export type DecryptionKey = { readonly certificate: Uint8Array; readonly use: UsePrivateKey };

/**
 * Recovers the content-encryption key. Whatever goes wrong on the way, a random key of the right length comes out, so
 * that the failure shows at the end of the content only, as for any wrong key (RFC 3218 §2.3.2, RFC 8551 §6).
 *
 * @returns null when no key is for any of the recipients, which everybody can see
 */
export async function recoverKey(
  recipients: readonly Recipient[],
  keys: readonly DecryptionKey[],
  length: number,
): Promise<Buffer | null> {
  for (const { certificate, use } of keys) {
    const [read] = readCertificates([certificate]);
    const recipient = read && recipients.find(({ id }) => id !== null && identifies(id, read));
    if (!recipient) continue;
    const substitute = randomBytes(length);
    const found = await openKey(recipient, read, use).catch((error: unknown) => {
      if (error instanceof Fault && error.code !== 'keys.refused') throw error; // ours: no key can be used at all
      return null;
    });
    return found?.length === length ? Buffer.from(found) : substitute;
  }
  return null;
}

async function openKey(recipient: Recipient, certificate: Certificate, use: UsePrivateKey): Promise<Uint8Array | null> {
  if (recipient.kind === 'transport') {
    const padding = readRsaPadding(recipient.algorithm);
    return padding && use({ kind: 'decrypt', padding, octets: recipient.encryptedKey });
  }
  if (recipient.kind === 'other' || !recipient.publicKey || !recipient.algorithm.parameters) return null;
  const derivation = findDerivation(recipient.algorithm.oid);
  const wrapAlgorithm = readAlgorithm(recipient.algorithm.parameters);
  const wrap = findWrap(wrapAlgorithm.oid);
  if (!derivation || !wrap) return null;
  const octets = joinPublicKey(certificate.keyAlgorithm, recipient.publicKey);
  const secret = await use({ kind: 'agree', octets });
  const shared = {
    secret,
    derivation,
    wrap,
    wrapAlgorithm: joinDer(reencode(wrapAlgorithm.element)),
    material: recipient.material,
  };
  return unwrapKey(wrap, deriveKey(shared), recipient.encryptedKey);
}
