import { readElement } from './asn1/element.ts';
import { readHeader } from './asn1/header.ts';
import { Malformed } from './asn1/malformed.ts';
import { readOid, tags } from './asn1/values.ts';
import { oids } from './cms/oids.ts';

/** What the outermost structure of CMS data says it is. */
export type CmsContent = 'signed' | 'encrypted' | 'other';

/** Content types (RFC 5652 §4–9, RFC 5083, RFC 3274). */
const contentTypes = new Map<string, CmsContent>([
  [oids.signedData, 'signed'],
  [oids.envelopedData, 'encrypted'],
  ['1.2.840.113549.1.7.6', 'encrypted'], // encryptedData
  [oids.authEnvelopedData, 'encrypted'],
  ['1.2.840.113549.1.7.4', 'encrypted'], // signedAndEnvelopedData of PKCS #7
  ['1.2.840.113549.1.9.16.1.2', 'signed'], // authData
  [oids.data, 'other'],
  ['1.2.840.113549.1.7.5', 'other'], // digestedData
  [oids.compressedData, 'other'],
]);

/** Octets this needs to see. */
export const cmsHead = 32;

/**
 * Reads the content type of a ContentInfo: one SEQUENCE, one OBJECT IDENTIFIER, nothing deeper.
 *
 * @param octets the first of the data, DER or BER, definite or indefinite length
 * @returns null when it is no CMS
 * @source RFC 5652 §3, X.690 §8.1.3
 */
export function readContentType(octets: Buffer): CmsContent | null {
  if (octets[0] !== tags.sequence) return null;
  try {
    const { content } = readHeader(octets, 0);
    return contentTypes.get(readOid(readElement(octets.subarray(content)))) ?? null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}
