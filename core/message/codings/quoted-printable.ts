const equals = 0x3d;
const lf = 0x0a;
const cr = 0x0d;

/** Decoded octets, and how many octets of the source made them. */
export type Decoded = { readonly octets: Buffer; readonly used: number };

const hexValues = Int8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? -1 : value;
});

/**
 * Decodes quoted-printable. What is no valid escape stays as it is; white space before a line end goes (it was added
 * on the way, RFC 2045 §6.7 rule 3).
 *
 * @param until stop when this many octets are decoded
 * @returns `used` is the place where octet number `until` starts, line ends never split
 */
export function decodeQuotedPrintable(raw: Uint8Array, until = Number.POSITIVE_INFINITY): Decoded {
  const octets = Buffer.allocUnsafeSlow(raw.length);
  let length = 0;
  let at = 0;
  while (at < raw.length && length < until) {
    const code = raw[at] ?? 0;
    if (code === equals) {
      const soft = softBreakEnd(raw, at);
      const high = hexValues[raw[at + 1] ?? 0] ?? -1;
      const low = hexValues[raw[at + 2] ?? 0] ?? -1;
      if (soft > 0) at = soft;
      else if (high >= 0 && low >= 0 && at + 2 < raw.length) {
        octets[length++] = high * 16 + low;
        at += 3;
      } else {
        octets[length++] = code;
        at += 1;
      }
    } else if (code === 0x20 || code === 0x09) {
      const blank = blankEnd(raw, at);
      if (raw[blank] === lf || (raw[blank] === cr && raw[blank + 1] === lf)) at = blank;
      else for (; at < blank && length < until; at += 1) octets[length++] = raw[at] ?? 0;
    } else {
      octets[length++] = code;
      at += 1;
    }
  }
  return { octets: octets.subarray(0, length), used: at };
}

/** @returns the octet after a soft line break that starts at `at`; 0 when there is none */
function softBreakEnd(raw: Uint8Array, at: number): number {
  const next = raw[at + 1];
  if (next === lf) return at + 2;
  if (next === cr && raw[at + 2] === lf) return at + 3;
  if (next !== undefined && next !== 0x20 && next !== 0x09) return 0;
  const end = blankEnd(raw, at + 1);
  if (end >= raw.length) return end;
  if (raw[end] === lf) return end + 1;
  return raw[end] === cr && raw[end + 1] === lf ? end + 2 : 0;
}

function blankEnd(raw: Uint8Array, from: number): number {
  let at = from;
  while (raw[at] === 0x20 || raw[at] === 0x09) at += 1;
  return at;
}

const hex = Buffer.from('0123456789ABCDEF');
const longestLine = 76;

/** How to write quoted-printable. */
export type QuotedPrintableOptions = {
  /** The line end of soft breaks. */
  readonly lineEnd: string;
  /** Octets that already stand on the line where the text begins. */
  readonly column?: number;
  /** Encode every `-`, so that no line can be a delimiter. */
  readonly dashes?: boolean;
};

/** Encodes text whose line ends (CRLF or LF) stay line ends; no line is longer than 76 octets (RFC 2045 §6.7). */
export function encodeQuotedPrintable(octets: Uint8Array, options: QuotedPrintableOptions): Buffer {
  const { lineEnd, column = 0, dashes = false } = options;
  const out = Buffer.allocUnsafeSlow(octets.length * 3 + Math.ceil(octets.length / 12) * 4 + 16);
  let length = 0;
  let width = column;
  for (let at = 0; at < octets.length; at += 1) {
    const code = octets[at] ?? 0;
    const breaks = code === lf || (code === cr && octets[at + 1] === lf);
    if (breaks) {
      out[length++] = code;
      if (code === cr) out[length++] = octets[++at] ?? 0;
      width = 0;
      continue;
    }
    const plain = isPlain(code, dashes) && !(isBlank(code) && isLineEnd(octets, at + 1));
    const size = plain ? 1 : 3;
    if (width + size > longestLine - (isLineEnd(octets, at + 1) ? 0 : 1)) {
      length += out.write(`=${lineEnd}`, length, 'latin1');
      width = 0;
    }
    if (plain) out[length++] = code;
    else {
      out[length++] = equals;
      out[length++] = hex[code >> 4] ?? 0;
      out[length++] = hex[code & 15] ?? 0;
    }
    width += size;
  }
  return out.subarray(0, length);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;
const isPlain = (code: number, dashes: boolean): boolean =>
  (code > 0x20 && code < 0x7f && code !== equals && !(dashes && code === 0x2d)) || isBlank(code);
const isLineEnd = (octets: Uint8Array, at: number): boolean =>
  at >= octets.length || octets[at] === lf || (octets[at] === cr && octets[at + 1] === lf);
