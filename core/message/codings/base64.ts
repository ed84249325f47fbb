const lf = 0x0a;

/** Decodes leniently: white space and foreign characters are passed over. */
export function decodeBase64(raw: Buffer): Buffer {
  return Buffer.from(raw.toString('latin1'), 'base64');
}

/** Where a body in base64 can be cut: everything before `at` stays, octets from `decoded` on are encoded anew. */
export type Cut = {
  readonly at: number;
  readonly decoded: number;
  /** Characters of a line. */
  readonly width: number;
  /** Null for a body of one line. */
  readonly lineEnd: string | null;
  /** What follows the last character. */
  readonly tail: string;
};

/** 1 symbol, 2 white space, 3 padding, 0 anything else */
const kinds = Uint8Array.from({ length: 256 }, (_, code) => {
  if (/[A-Za-z0-9+/]/.test(String.fromCharCode(code))) return 1;
  if (code === 0x3d) return 3;
  return [9, 10, 13, 32].includes(code) ? 2 : 0;
});

/**
 * Finds the last line start whose octets before it are whole and not beyond `offset`.
 *
 * @returns null when the body is not clean base64 (foreign characters, data after the padding, a wrong length)
 */
export function cutBase64(raw: Uint8Array, offset: number): Cut | null {
  let symbols = 0;
  let padding = 0;
  let at = 0;
  let decoded = 0;
  let end = 0;
  let width = 0;
  for (let index = 0; index < raw.length; index += 1) {
    if (padding === 0) {
      const run = endOfSymbols(raw, index);
      symbols += run - index;
      if (run > index) end = run;
      if (run === raw.length) break;
      index = run;
    }
    const code = raw[index] ?? 0;
    const kind = kinds[code];
    if (kind === 3) padding += 1;
    else if (kind !== 2) return null;
    if (kind === 3) end = index + 1;
    if (code !== lf) continue;
    if (width === 0) width = symbols;
    if (symbols % 4 === 0 && padding === 0 && (symbols / 4) * 3 <= offset) {
      at = index + 1;
      decoded = (symbols / 4) * 3;
    }
  }
  const whole = padding === 0 ? symbols % 4 !== 1 : padding <= 2 && (symbols + padding) % 4 === 0;
  if (!whole) return null;
  const usual = width >= 4 && width <= 996 ? width - (width % 4) : 76;
  const lineEnd = width === 0 ? null : raw[raw.indexOf(lf) - 1] === 0x0d ? '\r\n' : '\n';
  return { at, decoded, width: usual, lineEnd, tail: Buffer.from(raw.subarray(Math.max(end, at))).toString('latin1') };
}

function endOfSymbols(raw: Uint8Array, from: number): number {
  let at = from;
  while (at < raw.length && kinds[raw[at] ?? 0] === 1) at += 1;
  return at;
}
