import { chmodSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens a file of its own for what is expendable: no flush for each batch, nobody else may read it, what is deleted is
 * overwritten, and a damaged file is set aside as `<file>.damaged`.
 *
 * @param schema run each time; makes what is not there yet
 */
export function openDatabaseFile(file: string, schema: string): DatabaseSync {
  try {
    return open(file, schema);
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    renameSync(file, `${file}.damaged`);
    for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
    return open(file, schema);
  }
}

function open(file: string, schema: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  chmodSync(file, 0o600); // before the log beside it is made: that takes its mode from here
  try {
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA journal_size_limit = 8388608;
      ${schema}
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

/** Runs what writes as one transaction: all of it, or nothing. */
export function inTransaction<T>(db: DatabaseSync, run: () => T): T {
  db.exec('BEGIN');
  try {
    const value = run();
    db.exec('COMMIT');
    return value;
  } catch (cause) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw cause;
  }
}

/** Octets in use: pages set free are used again. */
export function createUsed(db: DatabaseSync): () => number {
  const pages = db.prepare(
    'SELECT (page_count - freelist_count) * page_size AS octets FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
  );
  return () => Number(pages.get()?.['octets'] ?? 0);
}
