import { isLineEnd } from './quoted-printable-decoder.ts';

export { decodeQuotedPrintable, type Content } from './quoted-printable-decoder.ts';

const equals = 0x3d;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const tab = 0x09;
const longestLine = 76;
const digits = Buffer.from('0123456789ABCDEF');
/** 1 stands for itself, 2 white space, 0 must be encoded */
const kinds = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code === space || code === tab) return 2;
  return code > 0x20 && code < 0x7f && code !== equals ? 1 : 0;
});

/** How to write quoted-printable. */
export type QuotedPrintableOptions = {
  /** The line end of soft breaks. */
  readonly lineEnd: string;
  /** Encode every `-`, so that no line can be a delimiter. */
  readonly dashes?: boolean;
};

/** Octets of the character that begins with this one in UTF-8: a soft break within it confuses careless readers. In other charsets a line may get shorter than it could be. */
function charLength(code: number): number {
  if (code < 0xc2 || code > 0xf4) return 1;
  if (code < 0xe0) return 2;
  return code < 0xf0 ? 3 : 4;
}

/** Encodes text whose line ends (CRLF or LF) stay line ends; no line is longer than 76 octets (RFC 2045 §6.7). */
export function encodeQuotedPrintable(octets: Uint8Array, { lineEnd, dashes = false }: QuotedPrintableOptions): Buffer {
  const soft = Buffer.from(`=${lineEnd}`);
  const out = Buffer.allocUnsafeSlow(octets.length * 3 + Math.ceil(octets.length / 20) * soft.length + 16);
  let length = 0;
  let width = 0;
  for (let at = 0; at < octets.length; at += 1) {
    const code = octets[at] ?? 0;
    if (code === lf || (code === cr && octets[at + 1] === lf)) {
      out[length++] = code;
      if (code === lf) width = 0;
      continue;
    }
    const kind = dashes && code === 0x2d ? 0 : (kinds[code] ?? 0);
    const isPlain = kind === 1 || (kind === 2 && !isLineEnd(octets, at + 1));
    const size = isPlain ? 1 : 3;
    const count = charLength(code);
    const whole = isPlain ? 1 : 3 * count;
    if (width + whole >= longestLine && (width + whole > longestLine || !isLineEnd(octets, at + count))) {
      for (const part of soft) out[length++] = part;
      width = 0;
    }
    if (isPlain) out[length++] = code;
    else {
      out[length++] = equals;
      out[length++] = digits[code >> 4] ?? 0;
      out[length++] = digits[code & 15] ?? 0;
    }
    width += size;
  }
  return out.subarray(0, length);
}
