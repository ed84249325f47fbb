import { colonOf } from './index/head.ts';
import type { Range } from './part.ts';

/** One line of a header as it stands, folds and line end included; `name` is null when it is no field. */
export type HeaderLine = { readonly name: string | null; readonly octets: Buffer };

/**
 * Cuts a header into its field lines. Together they are the header, octet for octet.
 *
 * @source RFC 5322 §2.2.3 (folding)
 */
export function readLines(octets: Buffer, { from, to }: Range): readonly HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let start = from; start < to;) {
    let end = lineAfter(octets, start, to);
    while (end < to && (octets[end] === 0x20 || octets[end] === 0x09)) end = lineAfter(octets, end, to);
    const colon = colonOf(octets, start, end);
    const name = colon < 0 ? null : octets.toString('latin1', start, colon).trimEnd();
    lines.push({ name, octets: octets.subarray(start, end) });
    start = end;
  }
  return lines;
}

function lineAfter(octets: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && octets[at] !== 0x0a) at += 1;
  return Math.min(at + 1, to);
}

/** The body of a field as written: folds and the line end included, one character an octet. */
export function rawValue({ octets }: HeaderLine): string {
  return octets.toString('latin1', octets.indexOf(0x3a) + 1);
}

/** The body of a field, unfolded and without white space around it. Octets beyond ASCII are UTF-8, else Latin-1. */
export function valueOf({ octets }: HeaderLine): string {
  const body = octets.subarray(octets.indexOf(0x3a) + 1);
  const utf8 = body.toString();
  const text = utf8.includes('\ufffd') ? body.toString('latin1') : utf8;
  return (text.includes('\n') ? text.replaceAll(/\r?\n/g, '') : text).trim();
}

/** @param name compared without regard to case */
export const isNamed = (line: HeaderLine, name: string): boolean => line.name?.toLowerCase() === name.toLowerCase();
