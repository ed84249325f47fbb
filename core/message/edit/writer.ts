import { copyInTurns } from '../copy-in-turns.ts';
import type { Draft, Journal } from './journal.ts';

type Replacement = { readonly from: number; readonly to: number; readonly octets: readonly Buffer[] };

/** What the journal replaces, in the order of the octets. Ranges never overlap: headers, and bodies of leaves. */
function replacements(journal: Journal): readonly Replacement[] {
  const found: Replacement[] = [];
  for (const [part, { lines, body, end }] of journal) {
    if (lines) found.push({ ...part.header, octets: lines.map(({ octets }) => octets) });
    if (body) found.push({ ...part.body, octets: end ? [...body, end] : body });
  }
  return found.sort((a, b) => a.from - b.from || a.to - b.to);
}

const sizeOf = (octets: readonly Buffer[]): number => octets.reduce((sum, { length }) => sum + length, 0);

/**
 * Puts the message together again: the only place that does. Every octet no edit names is copied as it is.
 *
 * @returns octets with a buffer of their own, fit for transfer to another thread
 */
export function writeDraft(draft: Draft): Buffer {
  const pieces = piecesOf(draft);
  const out = Buffer.allocUnsafeSlow(sizeOf(pieces));
  let length = 0;
  for (const piece of pieces) length += piece.copy(out, length);
  return out;
}

/** The same, and the event loop turns while large octets are copied. */
export async function writeDraftInTurns(draft: Draft): Promise<Buffer> {
  const pieces = piecesOf(draft);
  const out = Buffer.allocUnsafeSlow(sizeOf(pieces));
  await copyInTurns(pieces, out);
  return out;
}

/** What the message is made of now, in order: ranges of the octets it came with, and what edits put there. */
function piecesOf({ octets, journal }: Draft): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let read = 0;
  for (const { from, to, octets: put } of replacements(journal)) {
    if (from > read) pieces.push(octets.subarray(read, from));
    pieces.push(...put);
    read = to;
  }
  pieces.push(octets.subarray(read));
  return pieces;
}

/** How many octets `writeDraft` would write. */
export const sizeNow = ({ octets, journal }: Draft): number =>
  replacements(journal).reduce(
    (size, change) => size + sizeOf(change.octets) - (change.to - change.from),
    octets.length,
  );

/** Where an octet that no edit touched stands in what `writeDraft` would write. */
export function offsetNow({ journal }: Draft, offset: number): number {
  let shift = 0;
  for (const { from, to, octets } of replacements(journal)) {
    if (to > offset || from === offset) break;
    shift += sizeOf(octets) - (to - from);
  }
  return offset + shift;
}
