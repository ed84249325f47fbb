/** Lines encoded at a time, so that no long string is made. */
const linesAtOnce = 512;

/**
 * Encodes in lines, the last one without line end.
 *
 * @param width characters of a line, a multiple of 4
 * @source RFC 2045 §6.8
 */
export function encodeBase64(octets: Uint8Array, lineEnd: string, width = 76): Buffer {
  const from = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const end = Buffer.from(lineEnd);
  const piece = (width / 4) * 3 * linesAtOnce;
  const characters = Math.ceil(from.length / 3) * 4;
  const out = Buffer.allocUnsafeSlow(characters + Math.max(0, Math.ceil(characters / width) - 1) * end.length);
  let length = 0;
  for (let at = 0; at < from.length; at += piece) {
    const text = Buffer.from(from.toString('base64', at, Math.min(at + piece, from.length)), 'latin1');
    for (let line = 0; line < text.length; line += width) {
      if (length > 0) length += end.copy(out, length);
      length += text.copy(out, length, line, line + width);
    }
  }
  return out;
}
