import type { MessageEdit } from '../edit/apply.ts';
import type { EditReport } from '../message.ts';

/** What is wanted of a message. */
export type Ask =
  | { readonly kind: 'open' }
  | { readonly kind: 'edit'; readonly edits: readonly MessageEdit[]; readonly largest?: number }
  | { readonly kind: 'text'; readonly form: 'plain' | 'html' }
  | { readonly kind: 'write' };

/** One question to a thread, with all it takes to answer it: no thread is asked twice because it knows something. */
export type Task = {
  /** Names the message: a thread that has it open need not open it again. */
  readonly message: number;
  /** Over shared memory. */
  readonly octets: Uint8Array;
  /** Edits made so far, call by call. */
  readonly before: readonly (readonly MessageEdit[])[];
  readonly ask: Ask;
};

/**
 * The answer to it. `data` is the JSON of a `MessageData` of the newest state, of an unprotected message: a text crosses
 * threads at once, where ten thousand fields or parts would keep the receiver busy for longer than mail may.
 */
export type Answer<Seen> =
  | { readonly kind: 'opened'; readonly data: string; readonly limit: string | null; readonly seen: Seen }
  | { readonly kind: 'edited'; readonly report: EditReport; readonly data: string }
  | { readonly kind: 'text'; readonly text: string | null }
  | { readonly kind: 'written'; readonly octets: Uint8Array<ArrayBuffer> };
