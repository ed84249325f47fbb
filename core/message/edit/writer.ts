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
  const { octets, journal } = draft;
  const changes = replacements(journal);
  const out = Buffer.allocUnsafeSlow(sizeNow(draft));
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
