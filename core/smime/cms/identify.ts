import { readCertificate, type Certificate } from '../asn1/certificate.ts';
import { Malformed } from '../asn1/malformed.ts';
import type { CertificateId } from './signed-data.ts';

/** Whether an identifier means this certificate: octet for octet. */
export function identifies(id: CertificateId, { issuer, serial, subjectKeyIdentifier }: Certificate): boolean {
  if (id.kind === 'key-identifier') return subjectKeyIdentifier?.equals(id.keyIdentifier) ?? false;
  return id.serial.equals(serial) && id.issuer.equals(issuer);
}

/** Reads the certificates that can be read; the others are passed over. */
export function readCertificates(all: readonly Uint8Array[]): readonly Certificate[] {
  return all.flatMap((octets) => {
    try {
      return [readCertificate(octets)];
    } catch (error) {
      if (error instanceof Malformed) return [];
      throw error;
    }
  });
}
