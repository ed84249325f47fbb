import { Incomplete, Malformed } from './malformed.ts';

/** Identifier and length of one element. */
export type Header = {
  /** The identifier octet: class, constructed bit and number (X.690 §8.1.2); numbers from 31 on are refused. */
  readonly tag: number;
  /** Where the contents begin. */
  readonly content: number;
  /** Octets of contents; -1 for the indefinite form. */
  readonly length: number;
};

/** No header is longer than this. */
export const headerLimit = 10;

const constructedBit = 0x20;
export const isConstructed = (tag: number): boolean => (tag & constructedBit) !== 0;

/**
 * Reads what stands before the contents of an element.
 *
 * @throws Malformed, Incomplete
 * @source X.690 §8.1.2–8.1.3
 */
export function readHeader(octets: Uint8Array, at: number): Header {
  const tag = octets[at];
  const first = octets[at + 1];
  if (tag === undefined) throw new Incomplete('no element');
  if ((tag & 0x1f) === 0x1f) throw new Malformed('a tag number above 30');
  if (first === undefined) throw new Incomplete('no length');
  if (first < 0x80) return { tag, content: at + 2, length: first };
  if (first > 0x80) return { tag, content: at + 2 + (first & 0x7f), length: longLength(octets, at + 2, first & 0x7f) };
  if (!isConstructed(tag)) throw new Malformed('a primitive element of indefinite length');
  return { tag, content: at + 2, length: -1 };
}

function longLength(octets: Uint8Array, at: number, count: number): number {
  if (count > headerLimit - 2) throw new Malformed('a length of too many octets');
  let length = 0;
  for (let index = at; index < at + count; index += 1) {
    const octet = octets[index];
    if (octet === undefined) throw new Incomplete('no length');
    length = length * 0x100 + octet;
  }
  if (length > Number.MAX_SAFE_INTEGER) throw new Malformed('a length beyond reason');
  return length;
}
