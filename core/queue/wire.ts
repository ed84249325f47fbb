import type { Content } from '../database/content.ts';
import type { Copy, MissedEdit, QueuedMessage, ResolvedRecipient, Settlement, Submission, Tell } from './message.ts';

/** The right to settle a message: id, the fencing number of the claim, and whose it is. */
export type Claim = { readonly id: number; readonly fence: number; readonly owner: string };

/** A submission on its way to the database: what has no column of its own is JSON. */
export type WireSubmission = Omit<Submission, 'session' | 'quarantine' | 'badmail' | 'recipients' | 'reporting'> & {
  readonly recipients: readonly ResolvedRecipient[];
  readonly ret: string | null;
  readonly envid: string | null;
  readonly session: string | null;
  readonly tags: string;
  /** What it waits for an administrator for, from the start. */
  readonly held: { readonly state: 'quarantine' | 'badmail'; readonly reason: string } | null;
};

export type WireTell = Omit<Tell, 'payload'> & { readonly payload: string };

export type WireClaimedTell = WireTell & { readonly id: number; readonly attempts: number };

/** What is written in the operation that settles something, beside the message itself. */
export type Consequences = {
  readonly reports: readonly WireSubmission[];
  readonly tells: readonly WireTell[];
  readonly now: number;
};

export type WireArrival =
  | {
      readonly kind: 'arrived';
      readonly content: Content | null;
      readonly reversePath: string;
      /** Null: as they are. */
      readonly recipients: readonly string[] | null;
      readonly tags: string;
      readonly missed: readonly MissedEdit[];
    }
  | { readonly kind: 'copies'; readonly copies: readonly Copy[]; readonly missed: readonly MissedEdit[] }
  | { readonly kind: 'defer'; readonly until: number; readonly reason: string; readonly fault: boolean }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'held';
      readonly state: 'quarantine' | 'frozen' | 'badmail';
      readonly reason: string;
      readonly content: Content | null;
    };

export type ArrivalInput = Consequences & { readonly claim: Claim; readonly outcome: WireArrival };

/** Input of `settle`, and the queue's share of `deliverLocal`. Made by `Queue.settlement`. */
export type SettleInput = Consequences & { readonly claim: Claim; readonly results: readonly Settlement[] };

/** A message as it comes out of the database; session and tags are JSON nobody has looked at yet. */
export type WireMessage = Omit<QueuedMessage, 'session' | 'tags' | 'content'> & {
  readonly session: string | null;
  readonly tags: string;
};
