import type { Splice, Transfer } from '../codings/transfer.ts';

/** Octets of one line, its line end not counted (RFC 5322 §2.1.1). */
const longest = 998;
const lf = 0x0a;
const dash = 0x2d;

/** Where a change is to be carried. */
export type Carrier = { readonly transfer: Transfer; readonly boundaries: readonly string[] };

/**
 * Whether the lines a change touches may stand in a body: no delimiter of a multipart around it, no line too long,
 * no octet the transfer encoding cannot carry.
 *
 * @source RFC 2046 §5.1.1: what begins like a delimiter is one to some readers, whatever follows
 */
export function isSafe(raw: Buffer, { at, removed, octets }: Splice, { transfer, boundaries }: Carrier): boolean {
  if (transfer === '7bit' && hasHigh(octets) && !hasHigh(raw)) return false;
  const before = at === 0 ? 0 : raw.lastIndexOf(lf, at - 1) + 1;
  const after = raw.indexOf(lf, at + removed);
  const head = raw.subarray(before, at);
  const tail = raw.subarray(at + removed, after < 0 ? raw.length : after);
  const lines = head.length + tail.length === 0 ? octets : Buffer.concat([head, octets, tail]);
  const limit = transfer === 'binary' ? Number.POSITIVE_INFINITY : longest + 1;
  const wanted = createPrefixes(boundaries);
  for (let start = 0; start < lines.length;) {
    const end = lineEnd(lines, start);
    if (end - start > limit) return false;
    const isDashed = lines[start] === dash && lines[start + 1] === dash;
    if (isDashed && startsWithAny(lines, start + 2, wanted)) return false;
    start = end + 1;
  }
  return true;
}

function lineEnd(octets: Buffer, from: number): number {
  let at = from;
  while (at < octets.length && octets[at] !== lf) at += 1;
  return at;
}

/** Texts by their length, each with its hash: a flood of lines that almost match costs one pass over them. */
type Prefixes = readonly (readonly { readonly hash: number; readonly octets: Buffer }[] | undefined)[];

function createPrefixes(texts: readonly string[]): Prefixes {
  const prefixes: { readonly hash: number; readonly octets: Buffer }[][] = [];
  for (const text of texts) {
    const octets = Buffer.from(text, 'latin1');
    const hash = octets.reduce(mix, 7);
    (prefixes[octets.length] ??= []).push({ hash, octets });
  }
  return prefixes;
}

const mix = (hash: number, code: number): number => (Math.imul(hash, 31) + code) & 0x7fffffff;

function startsWithAny(lines: Buffer, from: number, prefixes: Prefixes): boolean {
  let hash = 7;
  for (let length = 1; length < prefixes.length && lines[from + length - 1] !== lf; length += 1) {
    const now = mix(hash, lines[from + length - 1] ?? 0);
    const same = prefixes[length]?.find((prefix) => prefix.hash === now);
    if (same && lines.subarray(from, from + length).equals(same.octets)) return true;
    hash = now;
  }
  return false;
}

function hasHigh(octets: Buffer): boolean {
  for (let at = 0; at < octets.length; at += 1) if ((octets[at] ?? 0) >= 0x80) return true;
  return false;
}
