import type { Database } from './database.ts';
import type * as operations from './operations.ts';

/** Durable strings by namespace and key. A namespace belongs to one binding. */
export type Kv = {
  /** @returns null when there is none, or it has expired */
  get(namespace: string, key: string): Promise<string | null>;
  /**
   * @param ttl milliseconds; kept for ever when left out
   * @returns 'full' when the namespace would go over 10 MB: nothing is changed
   */
  put(namespace: string, key: string, value: string, ttl?: number): Promise<'done' | 'full'>;
  delete(namespace: string, key: string): Promise<void>;
  /**
   * Adds to a whole number in one operation; it starts at 0.
   *
   * @param ttl milliseconds from when the number is made; adding to it later does not prolong it
   * @returns 'not a number' when there is a value that is none, or the sum is no safe integer; 'full' as above
   */
  increment(namespace: string, key: string, by: number, ttl?: number): Promise<number | 'full' | 'not a number'>;
  /** @returns at most `limit` keys with that prefix that come after `after`, in the order of their code points */
  list(namespace: string, prefix: string, limit: number, after?: string): Promise<readonly string[]>;
  /** Removes what has expired, of all namespaces; to be called now and then. @returns how many entries went */
  sweep(): Promise<number>;
};

/** Entries one sweep removes in one operation: others wait behind it. */
const sweepLimit = 1_000;

/** @param options.now epoch milliseconds: what has expired is decided by it */
export function openKv(database: Database, { now }: { now: () => number }): Kv {
  const remote = database.operations<typeof operations.writes & typeof operations.reads>('database');
  return {
    get: (namespace, key) => remote.getValue({ namespace, key, now: now() }),
    put: (namespace, key, value, ttl) =>
      remote.putValue({ namespace, key, value, expires: ttl === undefined ? null : now() + ttl, now: now() }),
    delete: (namespace, key) => remote.deleteValue({ namespace, key }),
    increment: (namespace, key, by, ttl) =>
      remote.addToValue({ namespace, key, by, expires: ttl === undefined ? null : now() + ttl, now: now() }),
    list: (namespace, prefix, limit, after = '') => remote.listKeys({ namespace, prefix, after, limit, now: now() }),
    sweep: () => remote.sweepValues({ now: now(), limit: sweepLimit }),
  };
}
