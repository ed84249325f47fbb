import { matchDelimiter, type Delimiter, type Hit } from './delimiter.ts';
import type { Range } from '../part.ts';

/** The header of one part: where it is, and the fields that say how to read the body. */
export type Head = {
  readonly header: Range;
  readonly separated: boolean;
  /** The first octet of the body. */
  readonly bodyFrom: number;
  /** A delimiter that ended the header before its empty line. */
  readonly hit: Hit | null;
  /** The bodies of these fields: the first of each, folds included, without name and colon. */
  readonly fields: ReadonlyMap<ContentField, Range>;
  readonly repeated: boolean;
  /** First line that is neither a field nor its continuation; -1 when there is none. */
  readonly noColon: number;
  /** Whether the header is larger than the cap. */
  readonly tooLong: boolean;
};

const contentFields = ['content-type', 'content-transfer-encoding', 'content-disposition', 'content-id'] as const;
export type ContentField = (typeof contentFields)[number];

/** Octets one header may have. */
const headerLimit = 1024 * 1024;

/** Reads lines up to and including the empty one, or up to a delimiter or the end. */
export function readHead(octets: Buffer, from: number, open: readonly Delimiter[]): Head {
  const found = new Map<ContentField, Range>();
  let current: ContentField | null = null;
  let repeated = false;
  let noColon = -1;
  const end = (header: Range, separated: boolean, bodyFrom: number, hit: Hit | null): Head => ({
    header,
    separated,
    bodyFrom,
    hit,
    fields: found,
    repeated,
    noColon,
    tooLong: header.to - header.from > headerLimit,
  });

  for (let line = from; line < octets.length;) {
    const next = lineAfter(octets, line, from + headerLimit + 2);
    if (next - from > headerLimit + 2) return end({ from, to: next }, false, next, null);
    const first = octets[line];
    if (first === 0x0a || (first === 0x0d && octets[line + 1] === 0x0a))
      return end({ from, to: line }, true, next, null);
    if (first === 0x2d && octets[line + 1] === 0x2d) {
      const hit = matchDelimiter(octets, line, open);
      if (hit) return end({ from, to: line }, false, line, hit);
    }
    const folded = first === 0x20 || first === 0x09;
    if (folded && current) found.set(current, { from: found.get(current)?.from ?? line, to: next });
    if (!folded) {
      const colon = colonOf(octets, line, next);
      if (colon < 0 && noColon < 0) noColon = line;
      const name: ContentField | null = colon < 0 ? null : contentFieldAt(octets, line, colon);
      if (name && found.has(name)) repeated ||= name === 'content-type' || name === 'content-transfer-encoding';
      current = name && !found.has(name) ? name : null;
      if (current) found.set(current, { from: colon + 1, to: next });
    }
    line = next;
  }
  return end({ from, to: octets.length }, false, octets.length, null);
}

function lineAfter(octets: Buffer, from: number, cap: number): number {
  const stop = Math.min(octets.length, cap);
  let at = from;
  while (at < stop && octets[at] !== 0x0a) at += 1;
  return Math.min(at + 1, octets.length);
}

/** @returns the colon that ends a field name, or -1 (RFC 5322 §2.2; white space before it is obsolete but read) */
export function colonOf(octets: Uint8Array, from: number, to: number): number {
  let spaced = false;
  for (let at = from; at < to; at += 1) {
    const code = octets[at] ?? 0;
    if (code === 0x3a) return at > from ? at : -1;
    if (code === 0x20 || code === 0x09) spaced = true;
    else if (spaced || code < 0x21 || code > 0x7e) return -1;
  }
  return -1;
}

function contentFieldAt(octets: Buffer, line: number, colon: number): ContentField | null {
  if (((octets[line] ?? 0) | 0x20) !== 0x63 || colon - line > 64 || colon - line < 10) return null;
  const name = octets.toString('latin1', line, colon).trimEnd().toLowerCase();
  return contentFields.find((known) => known === name) ?? null;
}
