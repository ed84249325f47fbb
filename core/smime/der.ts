/** What the outermost structure of CMS data says it is. */
export type CmsContent = 'signed' | 'encrypted' | 'other';

/** Content types by the octets of their OID (RFC 5652 §4–9, RFC 5083, RFC 3274). */
const contentTypes = new Map<string, CmsContent>([
  ['2a864886f70d010702', 'signed'], // signedData
  ['2a864886f70d010703', 'encrypted'], // envelopedData
  ['2a864886f70d010706', 'encrypted'], // encryptedData
  ['2a864886f70d0109100117', 'encrypted'], // authEnvelopedData
  ['2a864886f70d010704', 'encrypted'], // signedAndEnvelopedData of PKCS #7
  ['2a864886f70d0109100102', 'signed'], // authData
  ['2a864886f70d010701', 'other'], // data
  ['2a864886f70d010705', 'other'], // digestedData
  ['2a864886f70d0109100109', 'other'], // compressedData
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
export function readContentType(octets: Uint8Array): CmsContent | null {
  if (octets[0] !== 0x30) return null;
  const inner = afterLength(octets, 1);
  if (inner < 0 || octets[inner] !== 0x06) return null;
  const length = octets[inner + 1] ?? 0;
  if (length === 0 || length > 20 || inner + 2 + length > octets.length) return null;
  const oid = Buffer.from(octets.subarray(inner + 2, inner + 2 + length)).toString('hex');
  return contentTypes.get(oid) ?? null;
}

function afterLength(octets: Uint8Array, at: number): number {
  const first = octets[at];
  if (first === undefined || first === 0xff) return -1;
  const more = first < 0x80 ? 0 : first & 0x7f;
  return more > 8 ? -1 : at + 1 + more;
}
