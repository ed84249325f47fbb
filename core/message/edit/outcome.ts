import type { Draft } from './journal.ts';

/** Octets an edit changed, counted in the message as the edit found it. */
export type Change = {
  /** Path of the part; `` is the message itself. */
  readonly part: string;
  readonly at: number;
  readonly added: number;
  readonly removed: number;
};

/** One edit applied to a draft, or why it cannot be. */
export type Applied =
  | { readonly kind: 'done'; readonly draft: Draft; readonly changes: readonly Change[] }
  | { readonly kind: 'skipped'; readonly reason: string };
