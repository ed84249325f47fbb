import type { Splice, Transfer } from '../codings/transfer.ts';

/** Octets of one line, its line end not counted (RFC 5322 §2.1.1). */
const longest = 998;

/** Where a change is to be carried. */
export type Carrier = { readonly transfer: Transfer; readonly boundaries: readonly string[] };

/**
 * Whether the lines a change touches may stand in a body: no delimiter of a multipart around it, no line too long,
 * no octet the transfer encoding cannot carry.
 *
 * @source RFC 2046 §5.1.1: what begins like a delimiter is one to some readers, whatever follows
 */
export function isSafe(raw: Buffer, { at, removed, octets }: Splice, { transfer, boundaries }: Carrier): boolean {
  const before = raw.lastIndexOf(0x0a, Math.max(0, at - 1)) + 1;
  const head = at === 0 ? raw.subarray(0, 0) : raw.subarray(before, at);
  const after = raw.indexOf(0x0a, at + removed);
  const tail = raw.subarray(at + removed, after < 0 ? raw.length : after);
  const limit = transfer === 'binary' ? Number.POSITIVE_INFINITY : longest;
  const lines = Buffer.concat([head, octets, tail]);
  if (transfer === '7bit' && hasHigh(octets) && !hasHigh(raw)) return false;
  for (let start = 0; start <= lines.length;) {
    const found = lines.indexOf(0x0a, start);
    const end = found < 0 ? lines.length : found;
    if (end - start > limit + 1) return false;
    if (lines[start] === 0x2d && lines[start + 1] === 0x2d && startsDelimiter(lines, start + 2, boundaries))
      return false;
    start = end + 1;
  }
  return true;
}

const startsDelimiter = (octets: Buffer, at: number, boundaries: readonly string[]): boolean =>
  boundaries.some(
    (boundary) => octets.toString('latin1', at, Math.min(octets.length, at + boundary.length)) === boundary,
  );

function hasHigh(octets: Buffer): boolean {
  for (let at = 0; at < octets.length; at += 1) if ((octets[at] ?? 0) >= 0x80) return true;
  return false;
}
