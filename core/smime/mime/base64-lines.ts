const octetsOfLine = 57;
const lineLength = 76;
const piece = octetsOfLine * 512;
const cr = 0x0d;
const lf = 0x0a;

/**
 * Encodes in lines of 76 characters that end with CRLF, the last one too; in pieces, so that no long string is made.
 *
 * @source RFC 2045 §6.8
 */
export function encodeLines(octets: Uint8Array): Buffer {
  const from = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const characters = Math.ceil(from.length / 3) * 4;
  const out = Buffer.allocUnsafeSlow(characters + Math.ceil(characters / lineLength) * 2);
  let length = 0;
  for (let at = 0; at < from.length; at += piece) {
    const text = Buffer.from(from.toString('base64', at, Math.min(at + piece, from.length)), 'latin1');
    for (let line = 0; line < text.length; line += lineLength) {
      length += text.copy(out, length, line, line + lineLength);
      out[length++] = cr;
      out[length++] = lf;
    }
  }
  return out.subarray(0, length);
}
