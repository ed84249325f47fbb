import { integer, text } from '../../database/row.ts';
import type { Row, Tables } from '../../database/tables.ts';

/** Mail that waits for one next hop, as operators see it. */
export type QueuedDestination = {
  readonly name: string;
  /** Recipients. */
  readonly waiting: number;
  /** When the oldest message was accepted, and when the next attempt is due; epoch milliseconds. */
  readonly oldest: number;
  readonly next: number;
  readonly isFrozen: boolean;
  /** What was last said; of the recipient tried last. */
  readonly lastReply: string | null;
};

/** Beyond any date: recipients of a frozen destination wait for it. */
const never = Number.MAX_SAFE_INTEGER;

/** Next hops mail has been deferred for, and those that are frozen, by name. */
export function listDestinations(db: Tables): readonly QueuedDestination[] {
  return db
    .all(
      `SELECT destination AS name, count(*) AS waiting, min(accepted_at) AS oldest, min(next_attempt) AS next,
         max(last_reply) AS last_reply, destination IN (SELECT name FROM frozen_destination) AS frozen
       FROM recipient JOIN message ON message.id = message
       WHERE destination IS NOT NULL AND recipient.state = 'pending' GROUP BY destination
       UNION ALL SELECT name, 0, 0, 0, NULL, 1 FROM frozen_destination WHERE name NOT IN (
         SELECT destination FROM recipient WHERE destination IS NOT NULL AND state = 'pending')
       ORDER BY name LIMIT 10000`,
    )
    .map(readDestination);
}

function readDestination(row: Row): QueuedDestination {
  return {
    name: text(row, 'name'),
    waiting: integer(row, 'waiting'),
    oldest: integer(row, 'oldest'),
    next: integer(row, 'next'),
    isFrozen: integer(row, 'frozen') !== 0,
    lastReply: row['last_reply'] === null ? null : text(row, 'last_reply'),
  };
}

export function listFrozen(db: Tables): readonly string[] {
  return db.all('SELECT name FROM frozen_destination').map((row) => text(row, 'name'));
}

/** What is under way goes on; the rest waits until it is thawed, whatever its schedule says. */
export function freezeDestination(db: Tables, name: string): void {
  db.run('INSERT INTO frozen_destination VALUES (?) ON CONFLICT DO NOTHING', name);
  setNext(db, name, never);
}

/** Mail for it is due at once. */
export function thawDestination(db: Tables, name: string): void {
  db.run('DELETE FROM frozen_destination WHERE name = ?', name);
  setNext(db, name, 0);
}

/** Makes mail for a next hop due now, whatever its schedule says. @returns how many recipients wait for it */
export function retryDestination(db: Tables, name: string): number {
  const isFrozen = db.get('SELECT 1 FROM frozen_destination WHERE name = ?', name) !== null;
  return isFrozen ? 0 : setNext(db, name, 0);
}

/** A message is due when the first of its recipients is. */
function setNext(db: Tables, name: string, at: number): number {
  const rows = db.all(
    `UPDATE recipient SET next_attempt = ? WHERE destination = ? AND state = 'pending' RETURNING message`,
    at,
    name,
  );
  for (const id of new Set(rows.map((row) => integer(row, 'message'))))
    db.run(
      `UPDATE message SET due = (SELECT min(next_attempt) FROM recipient WHERE message = ?1 AND recipient.state = 'pending')
       WHERE id = ?1 AND due IS NOT NULL AND owner IS NULL AND message.state = 'arrived'`,
      id,
    );
  return rows.length;
}
