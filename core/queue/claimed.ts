import { minute } from '../../sdk/durations.ts';
import type { Remote } from '../database/database.ts';
import { asFault } from '../errors.ts';
import { openMessageRow, openTellRow } from './json.ts';
import type { ClaimedTell, QueuedMessage } from './message.ts';
import type * as operations from './operations.ts';
import type { WireClaimedTell, WireMessage } from './wire.ts';

export type QueueOperations = Remote<typeof operations.writes & typeof operations.reads>;

/** How often leases that have run out are looked for. */
const sweepEvery = minute;

/** A message that cannot be read is put aside, so that the others are not kept waiting behind it. */
export async function openMessages(
  remote: QueueOperations,
  rows: readonly WireMessage[],
): Promise<readonly QueuedMessage[]> {
  const messages: QueuedMessage[] = [];
  for (const row of rows) {
    try {
      messages.push(openMessageRow(row));
    } catch (cause) {
      await remote.setState({ id: row.id, state: 'frozen', reason: asFault(cause).message });
    }
  }
  return messages;
}

/** A tell that cannot be read counts as one that failed: it is parked in the end. */
export async function openTells(
  remote: QueueOperations,
  rows: readonly WireClaimedTell[],
  { owner, now }: { owner: string; now: () => number },
): Promise<readonly ClaimedTell[]> {
  const tells: ClaimedTell[] = [];
  for (const row of rows) {
    try {
      tells.push(openTellRow(row));
    } catch {
      await remote.settleTell({ id: row.id, owner, done: false, now: now() });
    }
  }
  return tells;
}

/** Ends dead claims before the first claim of this process, and those that have run out now and then. */
export function createSweep(
  remote: QueueOperations,
  { owner, now }: { owner: string; now: () => number },
): () => Promise<void> {
  let last: number | null = null;
  return async () => {
    const at = now();
    if (last !== null && Math.abs(at - last) < sweepEvery) return;
    await remote.releaseClaims({ owner, now: at, alone: true });
    last = at;
  };
}
