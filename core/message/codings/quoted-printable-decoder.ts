const equals = 0x3d;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const tab = 0x09;

/** A decoded body, and the way back from it. */
export type Content = {
  readonly octets: Buffer;
  /** @returns where octet `offset` starts in the encoded body; its end for the end */
  rawOffset(offset: number): number;
};

const hexValues = Int8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? -1 : value;
});

/** How far the decoder has come: octets read and octets written. */
type Progress = { readonly read: number; readonly written: number };

/** Decoded octets between the places from which `rawOffset` counts, where lines are not longer. */
const stride = 2048;

/**
 * Decodes quoted-printable. What is no valid escape stays as it is; white space before a line end goes, because it
 * was added on the way.
 *
 * @source RFC 2045 §6.7
 */
export function decodeQuotedPrintable(raw: Uint8Array): Content {
  const out = takeRoom(raw.length);
  const marks: Progress[] = [{ read: 0, written: 0 }];
  const octets = out.subarray(0, decodeAll(raw, out, marks));
  return {
    octets,
    rawOffset(offset) {
      if (offset >= octets.length) return raw.length;
      const mark = marks.findLast(({ written }) => written <= offset) ?? { read: 0, written: 0 };
      return decodeUntil(raw, mark, out, offset).read; // writes what is there already
    },
  };
}

/** Decoded bodies of usual size share a slab: one allocation for several is less for the garbage collector. */
const slabSize = 256 * 1024;
let slab = Buffer.alloc(0);
let used = 0;

function takeRoom(size: number): Buffer {
  if (size > slabSize / 4) return Buffer.allocUnsafeSlow(size);
  if (used + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabSize);
    used = 0;
  }
  used += size;
  return slab.subarray(used - size, used);
}

/** Decodes all there is: octets that stand for themselves in one tight loop, white space taken back at line ends. */
function decodeAll(raw: Uint8Array, out: Uint8Array, marks: Progress[]): number {
  let at = 0;
  let length = 0;
  let solid = 0; // white space before this was encoded
  let next = stride;
  for (const end = raw.length; at < end;) {
    let code = 0;
    while (at < end && (code = raw[at] ?? 0) !== equals && code !== lf) {
      out[length++] = code;
      at += 1;
    }
    if (at === end) break;
    if (code === lf) {
      length = withoutBlanks(out, solid, length);
      out[length++] = lf;
      at += 1;
    } else {
      const high = hexValues[raw[at + 1] ?? 0] ?? -1;
      const low = hexValues[raw[at + 2] ?? 0] ?? -1;
      const isEscape = high >= 0 && low >= 0;
      const soft = isEscape ? 0 : softBreakEnd(raw, at);
      if (soft === 0) out[length++] = isEscape ? high * 16 + low : code;
      at = soft > 0 ? soft : at + (isEscape ? 3 : 1);
    }
    solid = length;
    if (length < next) continue;
    marks.push({ read: at, written: length });
    next = length + stride;
  }
  return length;
}

/** Takes white space back that stands before a line end, of which the CR may be written already. @returns the length */
function withoutBlanks(out: Uint8Array, solid: number, length: number): number {
  const end = length > solid && out[length - 1] === cr ? length - 1 : length;
  let blank = end;
  while (blank > solid && (out[blank - 1] === space || out[blank - 1] === tab)) blank -= 1;
  if (blank === end) return length;
  if (end < length) out[blank++] = cr;
  return blank;
}

/** Decodes on from `now`, octet by octet, to where `until` of them are written or the source ends. */
function decodeUntil(raw: Uint8Array, now: Progress, out: Uint8Array, until: number): Progress {
  let at = now.read;
  let length = now.written;
  while (at < raw.length && length < until) {
    const code = raw[at] ?? 0;
    if (code === equals) {
      const value = (hexValues[raw[at + 1] ?? 0] ?? -1) * 16 + (hexValues[raw[at + 2] ?? 0] ?? -1);
      const isEscape = value >= 0 && (hexValues[raw[at + 2] ?? 0] ?? -1) >= 0;
      const soft = isEscape ? 0 : softBreakEnd(raw, at);
      if (soft === 0) out[length++] = isEscape ? value : code;
      at = soft > 0 ? soft : at + (isEscape ? 3 : 1);
    } else if (code === space || code === tab) {
      const blank = blankEnd(raw, at);
      if (isLineEnd(raw, blank) && blank < raw.length) at = blank;
      else for (const stop = Math.min(blank, at + until - length); at < stop; at += 1) out[length++] = raw[at] ?? 0;
    } else {
      out[length++] = code;
      at += 1;
    }
  }
  return { read: at, written: length };
}

/** @returns the octet after a soft line break that starts at `at`; 0 when there is none */
function softBreakEnd(raw: Uint8Array, at: number): number {
  const end = blankEnd(raw, at + 1);
  if (end >= raw.length) return end;
  if (raw[end] === lf) return end + 1;
  return raw[end] === cr && raw[end + 1] === lf ? end + 2 : 0;
}

function blankEnd(raw: Uint8Array, from: number): number {
  let at = from;
  while (raw[at] === space || raw[at] === tab) at += 1;
  return at;
}

/** Whether a line ends there, or the octets do. */
export const isLineEnd = (octets: Uint8Array, at: number): boolean =>
  at >= octets.length || octets[at] === lf || (octets[at] === cr && octets[at + 1] === lf);
