import type { Session } from '../../sdk/context.ts';
import type { Content } from '../database/content.ts';

/** A message somebody hands over: an SMTP client, a file in a pickup folder, the platform with a report, or a sink. */
export type Submission = {
  readonly traceId: string;
  readonly virtualServer: string;
  readonly source: 'smtp' | 'pickup' | 'report' | 'sink';
  /** `''` is the null reverse-path. */
  readonly reversePath: string;
  readonly recipients: readonly string[];
  readonly session: Session | null;
  readonly content: Content;
  /** What the client asked of reports (RFC 3461); nothing when left out. */
  readonly reporting?: Reporting;
  /** Why it is held for an administrator from the start; it goes its way when left out. */
  readonly quarantine?: string;
  /** Why it can neither be delivered nor returned: kept for an administrator, never asked about again. */
  readonly badmail?: string;
};

/** What MAIL and RCPT said of reports. Values as they came, checked by who took them. @source RFC 3461 §4 */
export type Reporting = {
  /** `FULL` or `HDRS`: what of the message goes back. */
  readonly ret: string | null;
  /** In xtext. */
  readonly envid: string | null;
  /** By the place of the recipient in `recipients`; null or left out: nothing was said. */
  readonly recipients: readonly (RecipientReporting | null)[];
};

export type RecipientReporting = {
  /** `NEVER`, or some of `SUCCESS`, `FAILURE`, `DELAY` with commas. */
  readonly notify: string | null;
  /** `rfc822;bob@example.org`, in xtext. */
  readonly orcpt: string | null;
};

export type RecipientState = 'pending' | 'delivered' | 'failed' | 'dropped';

export type QueuedRecipient = {
  /** Unique within its message. */
  readonly id: number;
  readonly address: string;
  readonly state: RecipientState;
  readonly attempts: number;
  /** Epoch milliseconds; 0 is at once. */
  readonly nextAttempt: number;
  readonly lastReply: string | null;
  readonly notify: string | null;
  readonly orcpt: string | null;
  /** The next hop it was last to go to, as operators name it; null before the first attempt and for local mail. */
  readonly destination: string | null;
  /** Whether the sender was told that it is late. */
  readonly isLate: boolean;
};

/**
 * `accepted` onArrival is still to ask · `arrived` on its way to the recipients · the others wait for an operator
 */
export type MessageState = 'accepted' | 'arrived' | 'quarantine' | 'frozen' | 'badmail';

/** A message the queue is responsible for. With a claim on it when it comes from `accept` or `claim`. */
export type QueuedMessage = {
  /** Never used again, also after the message has gone. */
  readonly id: number;
  /** Grows with every claim: a settlement with an older one changes nothing. */
  readonly fence: number;
  readonly traceId: string;
  readonly virtualServer: string;
  readonly source: Submission['source'];
  readonly state: MessageState;
  readonly reversePath: string;
  readonly recipients: readonly QueuedRecipient[];
  readonly session: Session | null;
  /** What sinks noted, those of the session first. */
  readonly tags: Readonly<Record<string, string>>;
  /** Octets of the content. */
  readonly size: number;
  readonly acceptedAt: number;
  /** How often the chain of onArrival ended in a fault so far. */
  readonly faults: number;
  /** When it may be worked on, epoch milliseconds: 0 is at once, null is when an operator lets it go on. */
  readonly due: number | null;
  /** Why it waits; null while nothing is wrong. */
  readonly reason: string | null;
  /** Whether recipients are resolved and onCategorized had its say. */
  readonly isCategorized: boolean;
  /** RFC 3461 §4.3, §4.4; null: nothing was said. */
  readonly ret: string | null;
  readonly envid: string | null;
  /** The content while it is still in memory; else ask `Queue.content`. */
  readonly content: Content | null;
};

/** A recipient as resolving made it: of an alias or a group, with what its sender asked of reports. */
export type ResolvedRecipient = { readonly address: string } & RecipientReporting;

/** Part of the recipients with octets of their own. */
export type Copy = {
  /** Null: those of the message. */
  readonly content: Content | null;
  readonly reversePath: string;
  readonly recipients: readonly ResolvedRecipient[];
  /** Not null: it waits for an operator. */
  readonly held: { readonly state: 'quarantine' | 'badmail'; readonly reason: string } | null;
};

/** What onCategorized came to: the message goes on as the first copy, the others become messages of their own. */
export type CategorizedOutcome =
  | { readonly kind: 'copies'; readonly copies: readonly Copy[]; readonly missed?: readonly MissedEdit[] }
  | Exclude<ArrivalOutcome, { readonly kind: 'arrived' }>;

/** What onArrival came to. */
export type ArrivalOutcome =
  | {
      readonly kind: 'arrived';
      /** Null: unedited. */
      readonly content: Content | null;
      readonly reversePath: string;
      readonly recipients: readonly string[];
      readonly tags: Readonly<Record<string, string>>;
      /** Sinks it goes on without, although they edit; nothing when left out. */
      readonly missed?: readonly MissedEdit[];
    }
  | { readonly kind: 'defer'; readonly until: number; readonly reason: string; readonly fault: boolean }
  | { readonly kind: 'done'; readonly reason: string }
  | {
      readonly kind: 'held';
      readonly state: 'quarantine' | 'frozen' | 'badmail';
      readonly reason: string;
      /** Null: as it is. */
      readonly content: Content | null;
    };

/** A sink that edits failed, and a message went on without its edits. */
export type MissedEdit = {
  /** The key of the binding. */
  readonly binding: string;
  /** The hash of its revision. */
  readonly revision: string;
  /** The code of the fault. */
  readonly fault: string;
};

/** When which message went on without a sink's edits; `at` epoch milliseconds. */
export type MissedSend = MissedEdit & { readonly at: number; readonly message: number; readonly traceId: string };

/** How many did since the data folder was made, and when the last one. */
export type MissedCount = { readonly binding: string; readonly count: number; readonly last: number };

/**
 * What became of one recipient in one attempt; `until` (epoch milliseconds) goes with `deferred` and with `postponed`,
 * which is no attempt.
 */
export type Settlement = {
  readonly recipient: number;
  readonly state: RecipientState | 'deferred' | 'postponed';
  readonly reply: string;
  readonly until?: number;
  readonly destination?: string;
  /** The sender is told now that it is late. */
  readonly isLate?: boolean;
};

/**
 * `finished` no recipient is pending, the message is gone · `released` the rest is to be tried later
 * · `claimed` recipients are left that were not tried yet, and the claim stands
 */
export type Settled = 'finished' | 'released' | 'claimed';

/** Something a binding is to be told at least once. */
export type Tell = {
  /** The key of the binding. */
  readonly key: string;
  readonly event: 'onDelivered' | 'onDeferred' | 'onBounced';
  readonly traceId: string;
  readonly virtualServer: string;
  /** JSON. */
  readonly payload: object;
};

export type ClaimedTell = Tell & {
  /** The same in every attempt, and never used again. */
  readonly id: number;
  /** This one included. */
  readonly attempts: number;
};

export type QueueFilter = {
  readonly state?: MessageState;
  readonly virtualServer?: string;
  /** Part of the reverse-path, of a recipient that is not settled, of its next hop; case is ignored. */
  readonly from?: string;
  readonly to?: string;
  readonly destination?: string;
  /** Only ids above it: to turn pages. */
  readonly after?: number;
  /** At most, and by default, 1000. */
  readonly limit?: number;
};
