import { integer } from '../../database/row.ts';
import type { Row, Tables } from '../../database/tables.ts';
import { Fault } from '../../errors.ts';
import type { Claim, WireMessage } from '../wire.ts';
import { setMessageState } from './hold.ts';
import { readMessage } from './read.ts';

export type ClaimInput = {
  readonly owner: string;
  readonly now: number;
  /** Until when the claim stands. */
  readonly lease: number;
  readonly limit: number;
};

/** Takes what is due and nobody's, the longest due first, and of the same time the lowest id first. */
export function claimMessages(db: Tables, { owner, now, lease, limit }: ClaimInput): readonly WireMessage[] {
  const due = db.all(
    'SELECT id FROM message WHERE owner IS NULL AND due IS NOT NULL AND due <= ? ORDER BY due, id LIMIT ?',
    now,
    limit,
  );
  return due.flatMap((row) =>
    db
      .all(
        'UPDATE message SET owner = ?, lease = ?, fence = fence + 1 WHERE id = ? RETURNING *',
        owner,
        lease,
        integer(row, 'id'),
      )
      .flatMap((claimed) => readOrFreeze(db, claimed)),
  );
}

/** Takes one message, whoever has it and whatever state it is in: an operator's word. @returns null when there is none */
export function seizeMessage(db: Tables, { id, owner, lease }: Pick<ClaimInput, 'owner' | 'lease'> & { id: number }) {
  const row = db.get(
    'UPDATE message SET owner = ?, lease = ?, fence = fence + 1 WHERE id = ? RETURNING *',
    owner,
    lease,
    id,
  );
  return row && readMessage(db, row);
}

/** A row nobody can read waits for an operator, so that the others are not kept waiting behind it. */
function readOrFreeze(db: Tables, row: Row): readonly WireMessage[] {
  try {
    return [readMessage(db, row)];
  } catch (thrown) {
    const reason = thrown instanceof Fault ? thrown.message : 'unreadable';
    setMessageState(db, { id: integer(row, 'id'), state: 'frozen', reason });
    return [];
  }
}

/**
 * Ends the claims that have run out and, when `alone` (this process holds the data folder), those of every other
 * owner: they are dead.
 */
export function releaseClaims(db: Tables, { owner, now, alone }: { owner: string; now: number; alone: boolean }): void {
  for (const table of ['message', 'tell'])
    db.run(
      `UPDATE ${table} SET owner = NULL WHERE owner IS NOT NULL AND (lease <= ? OR (? AND owner <> ?))`,
      now,
      Number(alone),
      owner,
    );
}

/** Gives a message back as it is; a claim that is no longer ours is left alone. */
export function releaseMessage(db: Tables, { id, fence, owner }: Claim): void {
  db.run('UPDATE message SET owner = NULL WHERE id = ? AND fence = ? AND owner = ?', id, fence, owner);
}

/** @throws Fault `queue.fence` when the claim is not the newest one: somebody else has the message, or it is gone */
export function readClaimed(db: Tables, { id, fence, owner }: Claim): Row {
  const row = db.get(
    'SELECT content, size, trace FROM message WHERE id = ? AND fence = ? AND owner = ?',
    id,
    fence,
    owner,
  );
  if (row) return row;
  throw new Fault('queue.fence', { message: id, fence });
}
