import type { Draft, Journal } from './journal.ts';

type Replacement = { readonly from: number; readonly to: number; readonly octets: readonly Buffer[] };

/** What the journal replaces, in the order of the octets. Ranges never overlap: headers, and bodies of leaves. */
function replacements(journal: Journal, lineEnd: string): readonly Replacement[] {
  const found: Replacement[] = [];
  for (const [part, { lines, body }] of journal) {
    if (lines) found.push({ ...part.header, octets: lines.map(({ octets }) => octets) });
    const glue = part.glued && body && body.length > 0 ? [Buffer.from(lineEnd)] : [];
    if (body) found.push({ ...part.body, octets: [body, ...glue] });
  }
  return found.sort((a, b) => a.from - b.from || a.to - b.to);
}

const sizeOf = (octets: readonly Buffer[]): number => octets.reduce((sum, { length }) => sum + length, 0);

/**
 * Puts the message together again: the only place that does. Every octet no edit names is copied as it is.
 *
 * @returns octets with a buffer of their own, fit for transfer to another thread
 */
export function writeDraft({ octets, journal, lineEnd }: Draft): Buffer {
  const changes = replacements(journal, lineEnd);
  const growth = changes.reduce((sum, change) => sum + sizeOf(change.octets) - (change.to - change.from), 0);
  const out = Buffer.allocUnsafeSlow(octets.length + growth);
  let length = 0;
  let read = 0;
  for (const { from, to, octets: pieces } of changes) {
    length += octets.copy(out, length, read, from);
    for (const piece of pieces) length += piece.copy(out, length);
    read = to;
  }
  octets.copy(out, length, read);
  return out;
}

/** Where an octet that no edit touched stands in what `writeDraft` would write. */
export function offsetNow({ journal, lineEnd }: Draft, offset: number): number {
  let shift = 0;
  for (const { from, to, octets } of replacements(journal, lineEnd)) {
    if (to > offset || from === offset) break;
    shift += sizeOf(octets) - (to - from);
  }
  return offset + shift;
}
