import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createBroom } from './broom.ts';
import { inTransaction, openDatabaseFile } from './database-file.ts';
import { mentions } from './mentions.ts';
import type { Row } from './row.ts';
import type { WriterOptions } from './writer.ts';

/** The trace file, as its thread uses it. Every method throws what SQLite throws. */
export type Keeper = {
  write(rows: readonly Row[]): void;
  /** @returns the entries of each row as they were written, oldest row first */
  read(traceId: string): readonly string[];
  /** Rows written after that one, oldest first, at most 500; none for -1. `next`: what to ask with the next time. */
  recent(after: number): { readonly next: number; readonly rows: readonly Row[] };
  /** The traces that name an address. */
  naming(address: string): readonly string[];
  /** Removes whole traces for good. @returns how many there were */
  purge(traces: readonly string[]): number;
  close(): void;
};

const schema = `
  CREATE TABLE IF NOT EXISTS trace (
    id INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, at INTEGER NOT NULL, entries TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS trace_by_id ON trace (trace_id);
`;

/** Opens or makes `trace.db`. Traces are expendable: no flush per batch, and a damaged file is set aside. */
export function createKeeper({ folder, days, size }: Omit<WriterOptions, 'recording'>, now: () => number): Keeper {
  mkdirSync(folder, { recursive: true });
  const db = openDatabaseFile(join(folder, 'trace.db'), schema);
  db.function('names', { deterministic: true }, (text, address) => Number(mentions(String(text), String(address))));
  const insert = db.prepare('INSERT INTO trace (trace_id, at, entries) VALUES (?, ?, ?)');
  const select = db.prepare('SELECT entries FROM trace WHERE trace_id = ? ORDER BY id LIMIT 10000');
  const later = db.prepare('SELECT id, trace_id, at, entries FROM trace WHERE id > ? ORDER BY id LIMIT 500');
  const last = db.prepare('SELECT max(id) AS id FROM trace');
  const naming = db.prepare('SELECT DISTINCT trace_id FROM trace WHERE names(entries, ?)');
  const forget = db.prepare('DELETE FROM trace WHERE trace_id = ?');
  const broom = createBroom(db, { days, size }, now);

  return {
    write(rows) {
      inTransaction(db, () => {
        for (const { traceId, at, entries } of rows) insert.run(traceId, at, entries);
        broom.sweep(rows.length);
      });
    },
    read: (traceId) => select.all(traceId).map((row) => String(row['entries'])),
    recent(after) {
      if (after < 0) return { next: Number(last.get()?.['id'] ?? 0), rows: [] };
      const found = later.all(after);
      return { next: Number(found.at(-1)?.['id'] ?? after), rows: found.map(rowOf) };
    },
    naming: (address) => naming.all(address).map((row) => String(row['trace_id'])),
    purge(traces) {
      // Overwritten, and out of the log beside the file as well.
      db.exec('PRAGMA secure_delete = ON');
      const gone = inTransaction(db, () => traces.filter((trace) => forget.run(trace).changes > 0).length);
      db.exec('PRAGMA secure_delete = FAST; PRAGMA wal_checkpoint(TRUNCATE)');
      return gone;
    },
    close: () => db.close(),
  };
}

const rowOf = (row: Record<string, unknown>): Row => ({
  traceId: String(row['trace_id']),
  at: Number(row['at']),
  entries: String(row['entries']),
});
