import { hour } from '../../sdk/durations.ts';
import { contentOf } from '../database/content-rows.ts';
import type { Content, Database } from '../database/database.ts';
import { createSweep, openMessages, openTells, type QueueOperations } from './claimed.ts';
import { orDiscard } from './discard.ts';
import {
  acceptedMessage,
  arrivalInput,
  arrivedMessage,
  categorizedMessage,
  settleInput,
  wireSubmission,
} from './input.ts';
import { openMessageRow } from './json.ts';
import { operatorVerbs } from './operator-verbs.ts';
import type {
  ArrivalOutcome,
  CategorizedOutcome,
  ClaimedTell,
  QueuedMessage,
  QueueFilter,
  MessageState,
  MissedCount,
  MissedSend,
  Settled,
  Settlement,
  Submission,
  Tell,
} from './message.ts';
import type * as operations from './operations.ts';
import type { QueuedDestination } from './rows/destinations.ts';
import type { ArrivalInput, SettleInput, WireMessage } from './wire.ts';

export type * from './message.ts';

/** Mail we have taken responsibility for, from the reply to end-of-data until the last recipient is settled. */
export type Queue = {
  /** Resolves when octets and envelope are durable. The message is claimed by this process already. */
  accept(submission: Submission): Promise<QueuedMessage>;
  /** Claims what is due and nobody's: the longest due first, then by id. */
  claim(limit: number): Promise<readonly QueuedMessage[]>;
  content(message: QueuedMessage): Promise<Uint8Array>;
  /**
   * Writes what onArrival came to, with reports and tells, in one operation.
   *
   * @returns the message, still claimed, when it has arrived; null when it is finished, deferred or held
   * @throws Fault `queue.fence` when the claim is stale; then nothing was changed
   */
  settleArrival(
    message: QueuedMessage,
    outcome: ArrivalOutcome,
    reports?: readonly Submission[],
    tells?: readonly Tell[],
  ): Promise<QueuedMessage | null>;
  /** Writes what onCategorized came to. @returns the message, still claimed, when it goes on. @throws as above */
  settleCategorized(
    message: QueuedMessage,
    outcome: CategorizedOutcome,
    reports?: readonly Submission[],
    tells?: readonly Tell[],
  ): Promise<QueuedMessage | null>;
  /** Settles recipients, with reports and tells, in one operation. @throws Fault `queue.fence` as above */
  settle(
    message: QueuedMessage,
    results: readonly Settlement[],
    reports: readonly Submission[],
    tells: readonly Tell[],
  ): Promise<Settled>;
  /** The same as input for an operation that does more, such as `deliverLocal`. */
  settlement(
    message: QueuedMessage,
    results: readonly Settlement[],
    reports: readonly Submission[],
    tells: readonly Tell[],
  ): SettleInput;
  /**
   * What `settleArrival` would write, as input for an operation that goes on from there, such as `deliverLocal`.
   *
   * @returns with it the message as `settleArrival` would answer
   */
  arrival(
    message: QueuedMessage,
    outcome: ArrivalOutcome,
  ): { readonly input: ArrivalInput; readonly message: QueuedMessage | null };
  /** Gives it back, to be claimed again at once. A claim that is no longer ours is left alone. */
  release(message: QueuedMessage): Promise<void>;
  list(filter?: QueueFilter): Promise<readonly QueuedMessage[]>;
  /** An operator's word, stronger than any claim. @returns false when there is no such message */
  setState(id: number, state: MessageState, reason?: string): Promise<boolean>;
  /** Lets a held message go on: to its recipients when onArrival had its say, else to onArrival. */
  resume(id: number): Promise<boolean>;
  remove(id: number): Promise<boolean>;
  /** Claims this message, whoever works on it and whatever holds it. @returns null when there is none */
  seize(id: number): Promise<QueuedMessage | null>;
  readonly destinations: Destinations;
  /** Mail that went on without the edits of a sink that failed: all of it counted, the newest listed, newest first. */
  missed(): Promise<{ readonly counts: readonly MissedCount[]; readonly sends: readonly MissedSend[] }>;
  claimTells(limit: number): Promise<readonly ClaimedTell[]>;
  /** @returns `parked` after 10 attempts or 3 days: it stays in the table and is not tried again */
  settleTell(id: number, done: boolean): Promise<'done' | 'again' | 'parked'>;
  /** When `claim` or `claimTells` will next find something, epoch milliseconds; 0 is now, null is never. */
  nextDue(): Promise<number | null>;
};

/** Next hops mail waits for, by the name operators know them by. */
export type Destinations = {
  list(): Promise<readonly QueuedDestination[]>;
  frozen(): Promise<readonly string[]>;
  /** Mail for it is taken and not sent. What is under way goes on. */
  freeze(name: string): Promise<void>;
  thaw(name: string): Promise<void>;
  /** Makes its mail due now. @returns how many recipients wait for it; 0 while it is frozen */
  retry(name: string): Promise<number>;
};

export type QueueOptions = {
  /** Names this process, and no earlier one. */
  readonly owner: string;
  readonly now: () => number;
  /** How long a claim stands, in milliseconds. */
  readonly lease?: number;
};

/** The first claim ends the claims of earlier processes: the lock on the data folder says that they are dead. */
export function openQueue(database: Database, { owner, now, lease = hour }: QueueOptions): Queue {
  const remote: QueueOperations = database.operations<typeof operations.writes & typeof operations.reads>('queue');
  const until = (): number => now() + lease;
  const freed = createSweep(remote, { owner, now });

  return {
    async accept(submission) {
      const at = now();
      const input = { submission: wireSubmission(submission), owner, lease: at + lease, now: at };
      const id = await orDiscard(database.content, [submission.content], remote.accept(input));
      return acceptedMessage(submission, id, at);
    },
    async claim(limit) {
      await freed();
      const rows = await remote.claim({ owner, now: now(), lease: until(), limit });
      return await openMessages(remote, rows);
    },
    async content(message) {
      return await database.content.read(message.content ?? contentOf(await remote.content(message.id)));
    },
    async settleArrival(message, outcome, reports = [], tells = []) {
      const input = arrivalInput({ message, owner, now: now(), reports, tells }, outcome);
      const contents = [
        ...('content' in outcome && outcome.content ? [outcome.content] : []),
        ...reports.map((one) => one.content),
      ];
      await orDiscard(database.content, contents, remote.settleArrival(input));
      return arrivedMessage(message, outcome);
    },
    async settleCategorized(message, outcome, reports = [], tells = []) {
      const input = arrivalInput({ message, owner, now: now(), reports, tells }, outcome);
      const contents = [...contentsOf(outcome), ...reports.map((one) => one.content)];
      await orDiscard(database.content, contents, remote.settleArrival(input));
      return categorizedMessage(message, outcome);
    },
    settle(message, results, reports, tells) {
      const input = settleInput({ message, owner, now: now(), reports, tells }, results);
      return orDiscard(
        database.content,
        reports.map((one) => one.content),
        remote.settle(input),
      );
    },
    settlement: (message, results, reports, tells) =>
      settleInput({ message, owner, now: now(), reports, tells }, results),
    arrival: (message, outcome) => ({
      input: arrivalInput({ message, owner, now: now(), reports: [], tells: [] }, outcome),
      message: arrivedMessage(message, outcome),
    }),
    release: ({ id, fence }) => remote.release({ id, fence, owner }),
    ...operatorVerbs(remote),
    seize: async (id) => openOrNull(await remote.seize({ id, owner, lease: until() })),
    async claimTells(limit) {
      await freed();
      const rows = await remote.claimTells({ owner, now: now(), lease: until(), limit });
      return await openTells(remote, rows, { owner, now });
    },
    settleTell: (id, done) => remote.settleTell({ id, owner, done, now: now() }),
    nextDue: () => remote.nextDue(),
  };
}

const openOrNull = (row: WireMessage | null): QueuedMessage | null => row && openMessageRow(row);

/** What was written for an outcome, beside what the message has. */
function contentsOf(outcome: CategorizedOutcome): readonly Content[] {
  const made = outcome.kind === 'copies' ? outcome.copies : outcome.kind === 'held' ? [outcome] : [];
  return made.map(({ content }) => content).filter((content) => content !== null);
}
