import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { asFault, type Fault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { createContentStore, type ContentStore } from './content.ts';
import { syncFolder } from './spool.ts';
import type * as own from './operations.ts';
import { lockFolder } from './sqlite/lock.ts';
import { startThread, type Thread } from './sqlite/thread.ts';
import type { Start } from './sqlite/wire.ts';
import { storageFault } from './storage-fault.ts';
import type { Remote } from './tables.ts';

export type { Content, ContentStore } from './content.ts';
export type { Remote } from './tables.ts';

/** The one database: operations by part, and the octets too large for a row. */
export type Database = AsyncDisposable & {
  /**
   * @typeParam T `typeof writes & typeof reads` of `core/<part>/operations.ts`
   * @throws Fault of the operation; `database.full`, `database.unavailable` for the whole transaction it was in
   */
  operations<T>(part: string): Remote<T>;
  readonly content: ContentStore;
};

export type DatabaseOptions = {
  /** Made when missing; readable by this user alone, whatever it was before. */
  readonly folder: string;
  /** `core/<part>/operations.ts` of every part but this one; their tables are made in this order. */
  readonly operations: readonly URL[];
  readonly log: Log;
  /** A database thread has ended by itself: everything is refused from now on, and the process should end. */
  readonly onEnd?: (fault: Fault) => void;
  /** Tests only: pages the database file may have, as a full disk would have it. */
  readonly maxPages?: number;
};

/**
 * Opens the data folder for this process alone, brings its tables up to date and removes content files that no
 * row refers to: what an earlier process wrote and did not live to commit.
 *
 * @throws Fault `data.locked` (with the other's `pid` where known), `data.newer`, `database.full`, `database.unavailable`
 */
export async function openDatabase({ folder, operations, log, onEnd, maxPages }: DatabaseOptions): Promise<Database> {
  await using opening = new AsyncDisposableStack();
  const contents = join(folder, 'content');
  await makeFolder(resolve(folder));
  opening.use(lockFolder(folder));
  await makeFolder(resolve(contents));

  const start = {
    file: join(folder, 'sluice.db'),
    contents,
    operations: [new URL('operations.ts', import.meta.url), ...operations].map(String),
    maxPages: maxPages ?? null,
  };
  const onTrouble = (fault: Fault): void => log.error({ fault, ...fault.context }, 'database');
  const events = {
    onTrouble,
    onEnd(fault: Fault) {
      onTrouble(fault);
      onEnd?.(fault);
    },
  };
  const open = async (role: Start['role']): Promise<Thread> =>
    opening.use(await startThread({ ...start, role }, events));
  const threads = [await open('writer'), await open('reader')];

  const operationsOf = remotes(threads);
  const contentRows = operationsOf<typeof own.reads>('database');
  await sweep(contents, await contentRows.contentFiles(), log);
  const opened = opening.move();
  return {
    operations: operationsOf,
    content: createContentStore(contents, contentRows.isFileNamed),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    if (first === undefined) return;
    // A new folder is there after a power cut when its parent says so.
    for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
  } catch (cause) {
    throw storageFault(cause);
  }
}

async function sweep(folder: string, known: readonly string[], log: Log): Promise<void> {
  const wanted = new Set(known);
  const orphans = (await readdir(folder)).filter((name) => !wanted.delete(name));
  for (const name of orphans) await rm(join(folder, name), { force: true });
  if (orphans.length > 0) log.info({ orphans: orphans.length }, 'content files nobody refers to were removed');
  for (const file of wanted) log.error({ file }, 'a content file is missing');
}

/** One object per part with a function per operation, from the names the threads have loaded. */
function remotes(threads: readonly Thread[]): Database['operations'] {
  const parts = new Map<string, Record<string, (input: unknown) => Promise<unknown>>>();
  for (const thread of threads) {
    for (const name of thread.names) {
      const [part = '', operation = ''] = name.split('.');
      const functions = parts.get(part) ?? {};
      functions[operation] = (input) => thread.call(name, input);
      parts.set(part, functions);
    }
  }
  return <T>(part: string): Remote<T> => {
    const functions = parts.get(part);
    if (!functions) throw asFault(new Error(`no operations of ${part} were loaded`));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T is the type of the module these names came from
    return functions as Remote<T>;
  };
}
