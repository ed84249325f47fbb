import { copyInTurns } from '../../copy-in-turns.ts';
import type { Splice } from '../../codings/transfer.ts';
import type { Part } from '../../part.ts';

/** A message as an edit of its tree finds it: all edits before are in the octets. */
export type Scene = { readonly octets: Buffer; readonly root: Part; readonly lineEnd: string };

/** What an edit does to the tree; parts are those of the scene. */
export type Act =
  | { readonly kind: 'enclose'; readonly part: Part; readonly others: number }
  | { readonly kind: 'append'; readonly part: Part; readonly others: number }
  | { readonly kind: 'replace'; readonly part: Part }
  | { readonly kind: 'remove'; readonly part: Part };

/** A change of the tree, not made yet: splices in the order of the octets, not overlapping. */
export type Plan =
  | { readonly kind: 'planned'; readonly splices: readonly Splice[]; readonly act: Act }
  | { readonly kind: 'skipped'; readonly reason: string };

export const skip = (reason: string): Plan => ({ kind: 'skipped', reason });

/** @returns octets with a buffer of their own */
export function applySplices(octets: Buffer, splices: readonly Splice[]): Buffer {
  const out = Buffer.allocUnsafeSlow(sizeAfter(octets, splices));
  let length = 0;
  for (const piece of piecesAfter(octets, splices)) length += piece.copy(out, length);
  return out;
}

/** The same, and the event loop turns while large octets are copied. */
export async function applySplicesInTurns(octets: Buffer, splices: readonly Splice[]): Promise<Buffer> {
  const out = Buffer.allocUnsafeSlow(sizeAfter(octets, splices));
  await copyInTurns(piecesAfter(octets, splices), out);
  return out;
}

const sizeAfter = (octets: Buffer, splices: readonly Splice[]): number =>
  splices.reduce((sum, splice) => sum + splice.octets.length - splice.removed, octets.length);

function piecesAfter(octets: Buffer, splices: readonly Splice[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let read = 0;
  for (const { at, removed, octets: put } of splices) {
    pieces.push(octets.subarray(read, at), put);
    read = at + removed;
  }
  pieces.push(octets.subarray(read));
  return pieces;
}
