const cr = 0x0d;
const lf = 0x0a;
const pieceSize = 64 * 1024;

/**
 * Gives octets the line ends RFC 8551 §3.1.1 prescribes: a LF without CR before it becomes CRLF. Anything else stays.
 *
 * @returns a function to be called with one piece after the other; what it returns is valid until the next call
 */
export function createCanonicalText(): (piece: Uint8Array) => Iterable<Uint8Array> {
  let out = Buffer.alloc(0);
  let last = 0;
  return function* canonical(piece) {
    for (let from = 0; from < piece.length; from += pieceSize) {
      const part = piece.subarray(from, from + pieceSize);
      let length = 0;
      if (out.length < part.length * 2) out = Buffer.allocUnsafeSlow(part.length * 2);
      for (let at = 0; at < part.length; at += 1) {
        const octet = part[at] ?? 0;
        if (octet === lf && last !== cr) out[length++] = cr;
        out[length++] = octet;
        last = octet;
      }
      yield out.subarray(0, length);
    }
  };
}
