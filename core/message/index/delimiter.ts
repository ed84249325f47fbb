/** A boundary whose multipart is open. */
export type Delimiter = {
  /** Octets of the boundary, without the leading `--`. */
  readonly octets: Uint8Array;
  /** How deep its multipart lies: 0 is the message. */
  readonly depth: number;
  readonly hash: number;
};

/** A delimiter line. */
export type Hit = {
  readonly delimiter: Delimiter;
  /** Whether it is the closing one, `--boundary--`. */
  readonly closing: boolean;
  /** The first octet of the line. */
  readonly at: number;
  /** The first octet after the line. */
  readonly end: number;
};

const dash = 0x2d;
const lf = 0x0a;
const dashes = Buffer.from('--');
/** Dashes are rare in base64 and frequent in text: look at this many octets here before asking the native search. */
const near = 1024;
/** Longer boundaries are not looked for: a line has at most 998 octets (RFC 5322 §2.1.1). */
const longest = 990;

/** @param text the boundary, one character an octet; @returns null when no line can have it */
export function createDelimiter(text: string, depth: number): Delimiter | null {
  let length = text.length;
  while (text[length - 1] === ' ' || text[length - 1] === '\t') length -= 1;
  if (length === 0 || length > longest) return null;
  const octets = Buffer.from(text.slice(0, length), 'latin1');
  return { octets, depth, hash: hashOf(octets, 0, octets.length) };
}

/**
 * Finds the next delimiter line of any open multipart. The innermost wins where two are the same. Linear in the
 * octets skipped, whatever they are.
 *
 * @param from the first octet of a line
 * @source RFC 2046 §5.1.1; white space after the boundary is allowed, anything else is not
 */
export function findDelimiter(octets: Buffer, from: number, open: readonly Delimiter[]): Hit | null {
  if (open.length === 0) return null;
  const shortest = open.reduce((least, delimiter) => Math.min(least, delimiter.octets.length), longest) + 2;
  let at = from;
  while (at < octets.length) {
    if (octets[at] === dash && octets[at + 1] === dash && isLong(octets, at, shortest)) {
      const hit = matchDelimiter(octets, at, open);
      if (hit) return hit;
    }
    const next = nextDashLine(octets, at);
    if (next < 0) return null;
    at = next;
  }
  return null;
}

/** Whether the line has enough octets to be worth a look. */
function isLong(octets: Buffer, at: number, shortest: number): boolean {
  const stop = Math.min(octets.length, at + shortest);
  for (let index = at; index < stop; index += 1) if (octets[index] === lf) return false;
  return stop === at + shortest;
}

/** @returns the first line after `at` that starts with two dashes; -1 when there is none */
function nextDashLine(octets: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const stop = Math.min(octets.length, at + near);
    for (; at < stop; at += 1) {
      if (octets[at] === lf && octets[at + 1] === dash && octets[at + 2] === dash) return at + 1;
    }
    if (at >= octets.length) return -1;
    const found = octets.indexOf(dashes, at);
    if (found < 0) return -1;
    if (octets[found - 1] === lf) return found;
    at = found + 1;
  }
}

/** @param at the first octet of a line that starts with two dashes */
export function matchDelimiter(octets: Uint8Array, at: number, open: readonly Delimiter[]): Hit | null {
  const line = octets.indexOf(lf, at);
  const lineEnd = line < 0 ? octets.length : line;
  const from = at + 2;
  let to = lineEnd;
  if (to > from && octets[to - 1] === 0x0d) to -= 1;
  while (to > from && (octets[to - 1] === 0x20 || octets[to - 1] === 0x09)) to -= 1;
  if (to - from > longest + 2) return null;
  for (const closing of [false, true]) {
    if (closing && (to - from < 3 || octets[to - 1] !== dash || octets[to - 2] !== dash)) continue;
    const delimiter = sameText(octets, from, closing ? to - 2 : to, open);
    if (delimiter) return { delimiter, closing, at, end: Math.min(lineEnd + 1, octets.length) };
  }
  return null;
}

/** The hash keeps a flood of lines that almost match from costing one comparison for each open multipart. */
function sameText(octets: Uint8Array, from: number, to: number, open: readonly Delimiter[]): Delimiter | null {
  let hash = -1;
  for (let level = open.length - 1; level >= 0; level -= 1) {
    const delimiter = open[level];
    if (!delimiter || delimiter.octets.length !== to - from) continue;
    if (hash < 0) hash = hashOf(octets, from, to);
    if (hash === delimiter.hash && isAt(octets, from, delimiter.octets)) return delimiter;
  }
  return null;
}

function hashOf(octets: Uint8Array, from: number, to: number): number {
  let hash = 7;
  for (let at = from; at < to; at += 1) hash = (Math.imul(hash, 31) + (octets[at] ?? 0)) & 0x7fffffff;
  return hash;
}

function isAt(octets: Uint8Array, from: number, wanted: Uint8Array): boolean {
  for (let at = 0; at < wanted.length; at += 1) if (octets[from + at] !== wanted[at]) return false;
  return true;
}
