import { integer, text } from './row.ts';
import type { Migration, Tables } from './tables.ts';

/** Octets of keys and values one namespace may hold. */
const kvQuota = 10 * 1024 * 1024;

/** What one entry costs beside its key and value, so that empty ones are not free. */
const entryCost = 64;

export const kvMigrations: readonly Migration[] = [
  `CREATE TABLE kv (
     namespace TEXT NOT NULL, key TEXT NOT NULL, expires INTEGER, size INTEGER NOT NULL, value TEXT NOT NULL,
     PRIMARY KEY (namespace, key)) STRICT, WITHOUT ROWID;
   CREATE INDEX kv_expires ON kv (expires) WHERE expires IS NOT NULL;
   CREATE TABLE kv_namespace (name TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
];

type Key = { readonly namespace: string; readonly key: string };

/** @returns null when there is none, or it has expired */
export function getValue(db: Tables, { namespace, key, now }: Key & { now: number }): string | null {
  const row = db.get(
    'SELECT value FROM kv WHERE namespace = ? AND key = ? AND (expires IS NULL OR expires > ?)',
    namespace,
    key,
    now,
  );
  return row && text(row, 'value');
}

/** @returns 'full' when the namespace would go over its quota, expired entries not counted: nothing is changed */
export function putValue(
  db: Tables,
  { namespace, key, value, expires, now }: Key & { value: string; expires: number | null; now: number },
): 'done' | 'full' {
  const size = Buffer.byteLength(key) + Buffer.byteLength(value) + entryCost;
  const before = db.get('SELECT size FROM kv WHERE namespace = ? AND key = ?', namespace, key);
  const more = size - (before ? integer(before, 'size') : 0);
  if (used(db, namespace) + more > kvQuota) {
    dropExpired(db, namespace, now);
    const still = db.get('SELECT size FROM kv WHERE namespace = ? AND key = ?', namespace, key);
    if (used(db, namespace) + size - (still ? integer(still, 'size') : 0) > kvQuota) return 'full';
  }
  deleteValue(db, { namespace, key });
  db.run(
    'INSERT INTO kv (namespace, key, expires, size, value) VALUES (?, ?, ?, ?, ?)',
    namespace,
    key,
    expires,
    size,
    value,
  );
  addUse(db, namespace, size);
  return 'done';
}

/** Deleting what is not there is no error. */
export function deleteValue(db: Tables, { namespace, key }: Key): void {
  const gone = db.get('DELETE FROM kv WHERE namespace = ? AND key = ? RETURNING size', namespace, key);
  if (gone) addUse(db, namespace, -integer(gone, 'size'));
}

/** Removes expired entries of all namespaces, so many at a time. @returns how many went */
export function sweepValues(db: Tables, { now, limit }: { now: number; limit: number }): number {
  const expired = db.all('SELECT namespace, key FROM kv WHERE expires <= ? ORDER BY expires LIMIT ?', now, limit);
  for (const row of expired) deleteValue(db, { namespace: text(row, 'namespace'), key: text(row, 'key') });
  return expired.length;
}

function dropExpired(db: Tables, namespace: string, now: number): void {
  const expired = db.all('SELECT key FROM kv WHERE namespace = ? AND expires <= ?', namespace, now);
  for (const row of expired) deleteValue(db, { namespace, key: text(row, 'key') });
}

function used(db: Tables, namespace: string): number {
  const row = db.get('SELECT size FROM kv_namespace WHERE name = ?', namespace);
  return row ? integer(row, 'size') : 0;
}

function addUse(db: Tables, namespace: string, octets: number): void {
  db.run(
    'INSERT INTO kv_namespace (name, size) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET size = size + excluded.size',
    namespace,
    octets,
  );
}
