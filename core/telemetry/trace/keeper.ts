import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createBroom } from './broom.ts';
import type { Row } from './row.ts';
import type { WriterOptions } from './writer.ts';

/** The trace file, as its thread uses it. Every method throws what SQLite throws. */
export type Keeper = {
  write(rows: readonly Row[]): void;
  /** @returns the entries of each row as they were written, oldest row first */
  read(traceId: string): readonly string[];
  /** Rows written after that one, oldest first, at most 500; none for -1. `next`: what to ask with the next time. */
  recent(after: number): { readonly next: number; readonly rows: readonly Row[] };
  close(): void;
};

/** Opens or makes `trace.db`. Traces are expendable: no flush per batch, and a damaged file is set aside. */
export function createKeeper({ folder, days, size }: WriterOptions, now: () => number): Keeper {
  mkdirSync(folder, { recursive: true });
  const db = openOrReplace(join(folder, 'trace.db'));
  const insert = db.prepare('INSERT INTO trace (trace_id, at, entries) VALUES (?, ?, ?)');
  const select = db.prepare('SELECT entries FROM trace WHERE trace_id = ? ORDER BY id LIMIT 10000');
  const later = db.prepare('SELECT id, trace_id, at, entries FROM trace WHERE id > ? ORDER BY id LIMIT 500');
  const last = db.prepare('SELECT max(id) AS id FROM trace');
  const broom = createBroom(db, { days, size }, now);

  return {
    write(rows) {
      db.exec('BEGIN');
      try {
        for (const { traceId, at, entries } of rows) insert.run(traceId, at, entries);
        broom.sweep(rows.length);
        db.exec('COMMIT');
      } catch (cause) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw cause;
      }
    },
    read: (traceId) => select.all(traceId).map((row) => String(row['entries'])),
    recent(after) {
      if (after < 0) return { next: Number(last.get()?.['id'] ?? 0), rows: [] };
      const found = later.all(after);
      return { next: Number(found.at(-1)?.['id'] ?? after), rows: found.map(rowOf) };
    },
    close: () => db.close(),
  };
}

const rowOf = (row: Record<string, unknown>): Row => ({
  traceId: String(row['trace_id']),
  at: Number(row['at']),
  entries: String(row['entries']),
});

function openOrReplace(file: string): DatabaseSync {
  try {
    return open(file);
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    renameSync(file, `${file}.damaged`);
    for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
    return open(file);
  }
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  chmodSync(file, 0o600); // before the log beside it is made: that takes its mode from here
  try {
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA journal_size_limit = 8388608;
      CREATE TABLE IF NOT EXISTS trace (
        id INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, at INTEGER NOT NULL, entries TEXT NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS trace_by_id ON trace (trace_id);
    `);
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

/** SQLITE_CORRUPT or SQLITE_NOTADB. */
function isDamage(cause: unknown): boolean {
  const code = typeof cause === 'object' && cause !== null && 'errcode' in cause ? Number(cause.errcode) & 0xff : 0;
  return code === 11 || code === 26;
}
