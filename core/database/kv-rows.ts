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

/**
 * Adds to a whole number, in this one operation: nobody comes between. One that is not there, or has expired, is made
 * with `expires`; one that is there keeps its time.
 *
 * @returns the new number; 'full' as `putValue` does; 'not a number' when the value, or the sum, is no safe integer
 */
export function addToValue(
  db: Tables,
  { namespace, key, by, expires, now }: Key & { by: number; expires: number | null; now: number },
): number | 'full' | 'not a number' {
  const row = db.get(
    'SELECT value, expires FROM kv WHERE namespace = ? AND key = ? AND (expires IS NULL OR expires > ?)',
    namespace,
    key,
    now,
  );
  const before = row === null ? '0' : text(row, 'value');
  const sum = Number(before) + by;
  if (!/^-?\d{1,16}$/.test(before) || !Number.isSafeInteger(sum)) return 'not a number';
  const kept = row === null ? expires : row['expires'] === null ? null : integer(row, 'expires');
  const put = putValue(db, { namespace, key, value: String(sum), expires: kept, now });
  return put === 'full' ? put : sum;
}

/** @returns keys that begin with `prefix` and come after `after` in the order of their code points; none that has expired */
export function listKeys(
  db: Tables,
  {
    namespace,
    prefix,
    after,
    limit,
    now,
  }: Omit<Key, 'key'> & { prefix: string; after: string; limit: number; now: number },
): readonly string[] {
  const end = endOfPrefix(prefix);
  const rows = db.all(
    `SELECT key FROM kv WHERE namespace = ? AND key >= ? AND key > ? AND (? IS NULL OR key < ?)
       AND (expires IS NULL OR expires > ?) ORDER BY key LIMIT ?`,
    namespace,
    prefix,
    after,
    end,
    end,
    now,
    limit,
  );
  return rows.map((row) => text(row, 'key'));
}

/** The first text after all that begin with the prefix; null when there is none. */
function endOfPrefix(prefix: string): string | null {
  const points = Array.from(prefix, (one) => one.codePointAt(0) ?? 0);
  const last = points.findLastIndex((point) => point < 0x10_ffff);
  if (last < 0) return null;
  const next = (points[last] ?? 0) + 1;
  // Surrogates are no characters: after U+D7FF comes U+E000.
  return String.fromCodePoint(...points.slice(0, last), next === 0xd800 ? 0xe000 : next);
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
