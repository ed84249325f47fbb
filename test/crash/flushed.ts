import type { Disk } from './disk.ts';
import { marksIn, type Parcel } from './parcel.ts';
import type { Call } from './strace.ts';

/** A reply to end-of-data on its way into a socket: `250 … queued as <name>`. */
export type Acknowledgement = { readonly name: string; readonly entered: number };

/** Every acknowledgement in a trace. A server that words its reply differently has none, which a test must notice. */
export function acknowledgementsIn(calls: readonly Call[]): readonly Acknowledgement[] {
  return calls
    .filter(({ on }) => on.startsWith('socket:'))
    .flatMap(({ strings, entered }) =>
      [
        ...Buffer.concat(strings)
          .toString('latin1')
          .matchAll(/^250[ -].*queued as (\S+?)\.?\r$/gm),
      ].map(([, name = '']) => ({ name, entered })),
    );
}

/**
 * Messages whose octets were not all on the disk when their acknowledgement was written.
 *
 * Looks for the marks in the body lines, write by write: a line counts from the first flush that began after a write
 * which holds it had returned. LIMIT: a mark that a page boundary cuts in two is in no single write; one in five
 * lines may be missed for that, and the power-cut test looks at every octet.
 *
 * @param parcels the acknowledged messages, by the name in the reply
 * @returns a line for each message that was acknowledged too early; empty when none was
 */
export function findUnflushed(
  disk: Disk,
  acknowledgements: readonly Acknowledgement[],
  parcels: ReadonlyMap<string, Parcel>,
): readonly string[] {
  const durable = new Map<string, number>();
  for (const write of disk.writes) {
    for (const mark of marksIn(write.octets)) {
      durable.set(mark, Math.min(write.durable, durable.get(mark) ?? Infinity));
    }
  }
  return acknowledgements.flatMap(({ name, entered }) => {
    const parcel = parcels.get(name);
    if (!parcel) return [];
    const marks = marksIn(parcel.content);
    const seen = marks.filter((mark) => durable.has(mark));
    const late = seen.filter((mark) => (durable.get(mark) ?? Infinity) >= entered);
    if (seen.length < marks.length * 0.8) return [`${parcel.id}: ${seen.length} of ${marks.length} lines were written`];
    return late.length > 0 ? [`${parcel.id}: ${late.length} of ${marks.length} lines were not flushed`] : [];
  });
}
