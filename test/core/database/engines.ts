import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDatabase, type Database, type DatabaseOptions } from '../../../core/database/database.ts';
import { openKv, type Kv } from '../../../core/database/kv.ts';
import type * as delivery from '../../../core/delivery/operations.ts';
import { openQueue, type Queue } from '../../../core/queue/queue.ts';
import { openStore, type Store } from '../../../core/store/store.ts';
import type { Log } from '../../../core/telemetry/telemetry.ts';
import type { Remote } from '../../../core/database/tables.ts';

export const operations: readonly URL[] = ['queue', 'store', 'directory', 'delivery'].map(
  (part) => new URL(`../../../core/${part}/operations.ts`, import.meta.url),
);

/** What tests need of a back end; a second engine is a second row in `engines`. */
export type Engine = {
  readonly name: string;
  open(folder: string, options?: Partial<DatabaseOptions>): Promise<Database>;
  /** Contents whose count is not the number of rows that refer to them; the database must be closed. */
  miscounted(folder: string): readonly unknown[];
};

export const engines: readonly Engine[] = [
  {
    name: 'sqlite',
    open: (folder, options = {}) => openDatabase({ folder, operations, log: silent, ...options }),
    miscounted(folder) {
      const db = new DatabaseSync(join(folder, 'sluice.db'), { readOnly: true });
      try {
        return db
          .prepare(
            `SELECT id, refs, (SELECT count(*) FROM message WHERE content = content.id)
                            + (SELECT count(*) FROM stored WHERE content = content.id) AS used
             FROM content WHERE refs <> used
             UNION ALL SELECT content, NULL, NULL FROM message WHERE content NOT IN (SELECT id FROM content)
             UNION ALL SELECT content, NULL, NULL FROM stored WHERE content NOT IN (SELECT id FROM content)`,
          )
          .all();
      } finally {
        db.close();
      }
    },
  },
];

/** A log nobody reads. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/** A folder that is gone when the test is over. */
export async function scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A clock that moves when it is told to. */
function stillClock(start = 1_000_000): { now: () => number; advance(by: number): void } {
  let at = start;
  return { now: () => at, advance: (by) => void (at += by) };
}

export type House = AsyncDisposable & {
  readonly folder: string;
  readonly clock: ReturnType<typeof stillClock>;
  readonly database: Database;
  readonly queue: Queue;
  readonly store: Store;
  readonly kv: Kv;
  readonly delivery: Remote<typeof delivery.writes>;
  /** Closes it and opens the same folder again, as the next process would. */
  restart(owner?: string): Promise<House>;
};

type HouseOptions = Partial<DatabaseOptions> & {
  readonly owner?: string;
  readonly lease?: number;
  readonly clock?: House['clock'];
  /** Goes when the last of the houses in it closes. */
  readonly scratch?: AsyncDisposable;
};

/** Everything storage has, in a scratch folder; the counts of contents are checked when it closes. */
export async function openHouse(engine: Engine, options: HouseOptions = {}): Promise<House> {
  const made = options.folder === undefined ? await scratchFolder() : null;
  const scratch = options.scratch ?? made;
  const folder = options.folder ?? made?.path ?? '';
  const clock = options.clock ?? stillClock();
  const database = await engine.open(folder, options);
  const lease = options.lease === undefined ? {} : { lease: options.lease };
  const close = async (): Promise<void> => {
    await database[Symbol.asyncDispose]();
    const wrong = engine.miscounted(folder);
    if (wrong.length > 0) throw new Error(`contents are miscounted: ${JSON.stringify(wrong)}`);
  };
  let isOpen = true;
  return {
    folder,
    clock,
    database,
    queue: openQueue(database, { owner: options.owner ?? 'first', now: clock.now, ...lease }),
    store: openStore(database),
    kv: openKv(database, { now: clock.now }),
    delivery: database.operations<typeof delivery.writes>('delivery'),
    async restart(owner = 'second') {
      isOpen = false;
      await close();
      return await openHouse(engine, { ...options, folder, clock, owner, ...(scratch && { scratch }) });
    },
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      isOpen = false;
      await close();
      await scratch?.[Symbol.asyncDispose]();
    },
  };
}
