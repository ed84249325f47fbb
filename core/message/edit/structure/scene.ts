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
  const size = splices.reduce((sum, splice) => sum + splice.octets.length - splice.removed, octets.length);
  const out = Buffer.allocUnsafeSlow(size);
  let length = 0;
  let read = 0;
  for (const { at, removed, octets: put } of splices) {
    length += octets.copy(out, length, read, at);
    length += put.copy(out, length);
    read = at + removed;
  }
  octets.copy(out, length, read);
  return out;
}
