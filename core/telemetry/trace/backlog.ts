import type { Log } from '../log.ts';
import type { TraceEntry } from '../trace-entry.ts';
import { formatRows, type Row } from './row.ts';

/** Entries on their way to the writer. */
export type Backlog = { add(entry: TraceEntry): void; flush(): Promise<void>; readonly dropped: number };

type Parts = {
  /** Entries that may wait; more are dropped. */
  readonly waiting: number;
  /** Entries that are written without waiting for more. */
  readonly batch: number;
  /** Milliseconds an entry waits for others. */
  readonly delay: number;
  /** @returns whether the rows are written */
  readonly write: (rows: readonly Row[]) => Promise<boolean>;
  readonly log: Log;
};

/** Collects entries and hands them on in batches, one batch at a time, so that a slow disk costs bounded memory. */
export function createBacklog({ waiting, batch, delay, write, log }: Parts): Backlog {
  let entries: TraceEntry[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let dropped = 0;
  let told = 0;

  async function drain(): Promise<void> {
    do {
      const taken = entries;
      entries = [];
      if (!(await write(formatRows(taken)))) dropped += taken.length;
    } while (entries.length >= batch);
    if (dropped > told) log.warn({ dropped: dropped - told, total: dropped }, 'trace entries were lost');
    told = dropped;
  }

  function start(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    writing ??= drain().finally(() => {
      writing = null;
      // What came meanwhile waits for others again: a batch costs a transaction, however small it is.
      if (entries.length > 0) startLater();
    });
    return writing;
  }

  function startLater(): void {
    timer ??= setTimeout(() => void start(), delay).unref();
  }

  return {
    add(entry) {
      if (entries.length >= waiting) {
        dropped += 1;
        return;
      }
      entries.push(entry);
      if (entries.length >= batch) void start();
      else startLater();
    },
    async flush() {
      while (entries.length > 0 || writing) await start();
    },
    get dropped() {
      return dropped;
    },
  };
}
