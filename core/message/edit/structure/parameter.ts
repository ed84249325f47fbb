const plain = 60;

/**
 * Writes parameters of a Content-* field, each on a line of its own: quoted where that can say it, else percent-encoded
 * UTF-8 in pieces that fit a line.
 *
 * @param value without control characters
 * @returns what follows the value of the field, without a line end after it
 * @source RFC 2045 §5.1, RFC 2231 §3, §4
 */
export function writeParameter(name: string, value: string, lineEnd: string): string {
  const start = `;${lineEnd}\t`;
  const isPlain = /^[\x20-\x7e]*$/.test(value) && value.length <= plain;
  if (isPlain) return `${start}${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`;
  const pieces = piecesOf(value);
  if (pieces.length === 1) return `${start}${name}*=utf-8''${pieces[0] ?? ''}`;
  return pieces.map((piece, at) => `${start}${name}*${at}*=${at === 0 ? "utf-8''" : ''}${piece}`).join('');
}

function piecesOf(value: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const char of value.toWellFormed()) {
    const encoded = /^[A-Za-z0-9.-]$/.test(char) ? char : percents(char);
    if (piece.length + encoded.length > plain) {
      pieces.push(piece);
      piece = '';
    }
    piece += encoded;
  }
  return [...pieces, piece];
}

const percents = (char: string): string =>
  [...Buffer.from(char)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('');
