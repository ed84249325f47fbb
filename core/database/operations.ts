import { breakerMigrations, listBreakers, saveBreaker } from './breaker-rows.ts';
import { contentMigrations, isFileNamed } from './content-rows.ts';
import { addToValue, deleteValue, getValue, kvMigrations, listKeys, putValue, sweepValues } from './kv-rows.ts';
import { text } from './row.ts';
import type { Migration, Tables } from './tables.ts';

export const part = 'database';

export const migrations: readonly Migration[] = [...contentMigrations, ...kvMigrations, ...breakerMigrations];

export const writes = { putValue, addToValue, deleteValue, sweepValues, saveBreaker };

export const reads = {
  getValue,
  listKeys,
  listBreakers,
  isFileNamed,
  /** Every content file a row refers to: what the sweep at the start leaves alone. */
  contentFiles: (db: Tables): readonly string[] =>
    db.all('SELECT file FROM content WHERE file IS NOT NULL').map((row) => text(row, 'file')),
};
