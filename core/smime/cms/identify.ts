import { readCertificate, type Certificate } from '../asn1/certificate.ts';
import { readElement } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { readName } from '../chain/names.ts';
import type { CertificateId } from './signed-data.ts';

/**
 * Whether an identifier means this certificate. Names may be written in another kind of string, or in other case, than
 * the certificate has them.
 *
 * @source RFC 5652 §10.2.4, RFC 5280 §7.1
 */
export function identifies(id: CertificateId, { issuer, serial, subjectKeyIdentifier }: Certificate): boolean {
  if (id.kind === 'key-identifier') return subjectKeyIdentifier?.equals(id.keyIdentifier) ?? false;
  return id.serial.equals(serial) && (id.issuer.equals(issuer) || isSameName(id.issuer, issuer));
}

function isSameName(one: Buffer, other: Buffer): boolean {
  try {
    return readName(readElement(one)).key === readName(readElement(other)).key;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
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
