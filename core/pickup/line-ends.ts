const lf = 0x0a;
const cr = 0x0d;

/**
 * The octets of a text file as mail has them: a line end is CRLF, and there is one at the end.
 *
 * @returns null when there is a NUL, or a CR that ends no line
 */
export function withCrlf(file: Uint8Array): Buffer | null {
  const octets = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (octets.includes(0) || hasBareCr(octets)) return null;
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let at = octets.indexOf(lf); at >= 0; at = octets.indexOf(lf, at + 1)) {
    if (at > 0 && octets[at - 1] === cr) continue;
    pieces.push(octets.subarray(from, at), crlf);
    from = at + 1;
  }
  if (octets.length > 0 && octets.at(-1) !== lf) pieces.push(octets.subarray(from), crlf);
  else if (pieces.length === 0) return octets;
  else pieces.push(octets.subarray(from));
  return Buffer.concat(pieces);
}

const crlf = Buffer.from('\r\n');

function hasBareCr(octets: Buffer): boolean {
  for (let at = octets.indexOf(cr); at >= 0; at = octets.indexOf(cr, at + 1)) if (octets[at + 1] !== lf) return true;
  return false;
}
