import { DatabaseSync } from 'node:sqlite';
import { chmodSync, closeSync, openSync } from 'node:fs';

const KB = 1024;
const MB = 1024 * KB;

/** Measured with 4 to 32 KB: no size is faster for 10 KB messages, and larger ones write more for small changes. */
const pageSize = 4 * KB;
/**
 * Octets of log after which the writer copies it into the database file. Larger: fewer flushes, but everybody waits
 * longer for the one who copies (16 MB doubles the 99th percentile of 4 MB).
 */
const checkpointAt = 8 * MB;

/**
 * The one connection that writes. A commit is durable when it returns: the log is flushed (synchronous=FULL).
 * LIMIT: the file does not shrink; what is freed is used again.
 *
 * The file is made here, so that it and SQLite's `-wal` and `-shm`, which copy its mode, are 0600 from the start.
 */
export function openWriter(file: string, maxPages: number | null): DatabaseSync {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false, timeout: 5_000 });
  db.exec(`PRAGMA page_size = ${pageSize}`);
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL');
  db.exec(`PRAGMA wal_autocheckpoint = ${Math.floor(checkpointAt / pageSize)}`);
  db.exec(`PRAGMA journal_size_limit = ${4 * checkpointAt}`);
  db.exec(`PRAGMA cache_size = -${(32 * MB) / KB}`);
  db.exec('PRAGMA temp_store = MEMORY');
  if (maxPages !== null) db.exec(`PRAGMA max_page_count = ${maxPages}`);
  return db;
}

/** A connection beside the writer: sees what was committed, never waits for it, cannot write. */
export function openReader(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false, readOnly: true, timeout: 5_000 });
  db.exec(`PRAGMA cache_size = -${(8 * MB) / KB}`);
  db.exec('PRAGMA temp_store = MEMORY');
  return db;
}
