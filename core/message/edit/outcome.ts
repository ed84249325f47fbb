import type { Part } from '../part.ts';
import type { Draft } from './journal.ts';

/** Octets an edit changed, counted in the message as the edit found it. */
export type Change = {
  /** Path of the part as it was; `` is the message itself. */
  readonly part: string;
  readonly at: number;
  readonly added: number;
  readonly removed: number;
};

/** A message after some edits: its octets with what is to be changed in them, and the tree over them. */
export type State = { readonly draft: Draft; readonly root: Part };

/** One edit applied to a draft, or why it cannot be. */
export type Applied =
  | { readonly kind: 'done'; readonly draft: Draft; readonly changes: readonly Change[] }
  | { readonly kind: 'skipped'; readonly reason: string };
