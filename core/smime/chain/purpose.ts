import type { Certificate } from './certificate.ts';
import { reasonOf, type Reason } from './reasons.ts';

/** What the certificate at the end of a path is to be used for. */
export type Purpose = 'sign' | 'encrypt' | 'any';

const usage = { digitalSignature: 0, nonRepudiation: 1, keyEncipherment: 2, keyAgreement: 4 } as const;
const emailProtection = '1.3.6.1.5.5.7.3.4';
const anyExtendedKeyUsage = '2.5.29.37.0';

/** Whether extended key usage lets a certificate, or what an authority issues, be used for mail; absent, it does. */
export function isForMail({ extensions: { extendedKeyUsage } }: Certificate): boolean {
  return !extendedKeyUsage || extendedKeyUsage.some((use) => use === emailProtection || use === anyExtendedKeyUsage);
}

/** @returns null when it may be used so @source RFC 8550 §4.4.2, §4.4.4 */
export function checkPurpose(certificate: Certificate, purpose: Purpose): Reason | null {
  const subject = certificate.subject.text;
  if (!isForMail(certificate)) return reasonOf('extended-key-usage', subject);
  const { keyUsage } = certificate.extensions;
  if (purpose === 'any' || !keyUsage || wanted(certificate, purpose).some((bit) => keyUsage.has(bit))) return null;
  return reasonOf('key-usage', subject, purpose === 'sign' ? 'signing mail' : 'encrypting mail');
}

function wanted(certificate: Certificate, purpose: 'sign' | 'encrypt'): readonly number[] {
  if (purpose === 'sign') return [usage.digitalSignature, usage.nonRepudiation];
  return [certificate.key()?.asymmetricKeyType === 'rsa' ? usage.keyEncipherment : usage.keyAgreement];
}
