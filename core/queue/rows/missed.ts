import { integer, text } from '../../database/row.ts';
import type { Migration, Row, Tables } from '../../database/tables.ts';
import type { MissedCount, MissedEdit, MissedSend } from '../message.ts';

/** Messages that are listed one by one; older ones are only counted. */
const listed = 10_000;

/** Mail that went on without the edits of a sink that failed: each message while they are few, and a count for ever. */
export const missedMigrations: readonly Migration[] = [
  `CREATE TABLE missed (
     id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, message INTEGER NOT NULL, trace TEXT NOT NULL,
     binding TEXT NOT NULL, revision TEXT NOT NULL, fault TEXT NOT NULL) STRICT;
   CREATE TABLE missed_count (
     binding TEXT PRIMARY KEY, count INTEGER NOT NULL, last INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
];

type Missing = { readonly message: number; readonly traceId: string; readonly at: number };

export function insertMissed(db: Tables, { message, traceId, at }: Missing, edits: readonly MissedEdit[]): void {
  for (const { binding, revision, fault } of edits) {
    const { id } = db.run(
      'INSERT INTO missed (at, message, trace, binding, revision, fault) VALUES (?, ?, ?, ?, ?, ?)',
      at,
      message,
      traceId,
      binding,
      revision,
      fault,
    );
    db.run('DELETE FROM missed WHERE id <= ?', id - listed);
    db.run(
      `INSERT INTO missed_count VALUES (?1, 1, ?2)
       ON CONFLICT (binding) DO UPDATE SET count = count + 1, last = excluded.last`,
      binding,
      at,
    );
  }
}

/** Counts of all bindings; of the messages the newest, newest first. */
export function listMissed(
  db: Tables,
  limit: number,
): { readonly counts: readonly MissedCount[]; readonly sends: readonly MissedSend[] } {
  return {
    counts: db.all('SELECT * FROM missed_count ORDER BY binding').map((row) => ({
      binding: text(row, 'binding'),
      count: integer(row, 'count'),
      last: integer(row, 'last'),
    })),
    sends: db.all('SELECT * FROM missed ORDER BY id DESC LIMIT ?', limit).map(readSend),
  };
}

function readSend(row: Row): MissedSend {
  return {
    at: integer(row, 'at'),
    message: integer(row, 'message'),
    traceId: text(row, 'trace'),
    binding: text(row, 'binding'),
    revision: text(row, 'revision'),
    fault: text(row, 'fault'),
  };
}
