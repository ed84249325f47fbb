import { encodeBase64 } from '../../message/base64.ts';

/**
 * Encodes in lines of 76 characters that end with CRLF, the last one too.
 *
 * @source RFC 2045 §6.8
 */
export function encodeLines(octets: Uint8Array): Buffer {
  return octets.length === 0 ? Buffer.alloc(0) : Buffer.concat([encodeBase64(octets, '\r\n'), Buffer.from('\r\n')]);
}
