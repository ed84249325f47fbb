import type { BreakerRow } from './breaker-rows.ts';
import type { Database } from './database.ts';
import type * as operations from './operations.ts';

export type { BreakerRow } from './breaker-rows.ts';

/** The breakers of bindings, over restarts. */
export type BreakerStore = {
  /** @throws Fault `database.*` */
  list(): Promise<readonly BreakerRow[]>;
  /** Replaces what is known of that revision of the binding. */
  save(row: BreakerRow): Promise<void>;
};

export function openBreakers(database: Database): BreakerStore {
  const remote = database.operations<typeof operations.writes & typeof operations.reads>('database');
  return { list: () => remote.listBreakers(), save: (row) => remote.saveBreaker(row) };
}
