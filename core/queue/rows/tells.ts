import { day, second } from '../../../sdk/durations.ts';
import { integer, oneOf, text } from '../../database/row.ts';
import type { Row, Tables } from '../../database/tables.ts';
import type { Tell } from '../message.ts';
import type { WireClaimedTell, WireTell } from '../wire.ts';
import type { ClaimInput } from './claim.ts';

const mostAttempts = 10;
const longestWait = 3 * day;
const firstWait = 10 * second;
const events: readonly Tell['event'][] = ['onDelivered', 'onDeferred', 'onBounced'];

export function insertTells(db: Tables, tells: readonly WireTell[], now: number): void {
  for (const { key, event, traceId, virtualServer, payload } of tells)
    db.run(
      `INSERT INTO tell (lease, due, attempts, parked, written_at, binding, event, trace, virtual_server, payload)
       VALUES (0, 0, 0, 0, ?, ?, ?, ?, ?, ?)`,
      now,
      key,
      event,
      traceId,
      virtualServer,
      payload,
    );
}

/**
 * Takes tells that are due. The attempt is counted here, not when it fails: a tell that ends the process every
 * time has an end too.
 */
export function claimTells(db: Tables, { owner, now, lease, limit }: ClaimInput): readonly WireClaimedTell[] {
  const due = db.all(
    'SELECT id, attempts FROM tell WHERE owner IS NULL AND parked = 0 AND due <= ? ORDER BY due, id LIMIT ?',
    now,
    limit,
  );
  return due.flatMap((row) => {
    if (integer(row, 'attempts') >= mostAttempts) {
      park(db, integer(row, 'id'));
      return [];
    }
    return db
      .all(
        'UPDATE tell SET owner = ?, lease = ?, attempts = attempts + 1 WHERE id = ? RETURNING *',
        owner,
        lease,
        integer(row, 'id'),
      )
      .map(readTell);
  });
}

function readTell(row: Row): WireClaimedTell {
  return {
    id: integer(row, 'id'),
    attempts: integer(row, 'attempts'),
    key: text(row, 'binding'),
    event: oneOf(row, 'event', events),
    traceId: text(row, 'trace'),
    virtualServer: text(row, 'virtual_server'),
    payload: text(row, 'payload'),
  };
}

/** @returns `again` with a wait that doubles; `parked` after 10 attempts or 3 days; `done` also when it is gone */
export function settleTell(
  db: Tables,
  { id, owner, done, now }: { id: number; owner: string; done: boolean; now: number },
): 'done' | 'again' | 'parked' {
  const row = db.get('SELECT attempts, written_at FROM tell WHERE id = ? AND owner = ?', id, owner);
  if (done || !row) {
    db.run('DELETE FROM tell WHERE id = ? AND owner = ?', id, owner);
    return 'done';
  }
  const attempts = integer(row, 'attempts');
  if (attempts >= mostAttempts || now - integer(row, 'written_at') >= longestWait) {
    park(db, id);
    return 'parked';
  }
  db.run('UPDATE tell SET owner = NULL, due = ? WHERE id = ?', now + firstWait * 2 ** (attempts - 1), id);
  return 'again';
}

function park(db: Tables, id: number): void {
  db.run('UPDATE tell SET owner = NULL, parked = 1 WHERE id = ?', id);
}
