import type { Log } from '../log.ts';
import type { TraceEntry } from '../trace-entry.ts';

/** The entries of one trace that are written together: one row. */
export type Row = { readonly traceId: string; readonly at: number; readonly entries: string };

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

const maxId = 128;
const maxDetail = 2_048;

/** Collects entries and hands them on in batches, one batch at a time, so that a slow disk costs bounded memory. */
export function createBacklog({ waiting, batch, delay, write, log }: Parts): Backlog {
  let entries: TraceEntry[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let dropped = 0;
  let told = 0;

  async function drain(): Promise<void> {
    while (entries.length > 0) {
      const taken = entries;
      entries = [];
      if (!(await write(rowsOf(taken)))) dropped += taken.length;
    }
    if (dropped > told) log.warn({ dropped: dropped - told, total: dropped }, 'trace entries were lost');
    told = dropped;
  }

  function start(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    writing ??= drain().finally(() => (writing = null));
    return writing;
  }

  return {
    add(entry) {
      if (entries.length >= waiting) {
        dropped += 1;
        return;
      }
      entries.push(entry);
      if (entries.length >= batch) void start();
      else timer ??= setTimeout(() => void start(), delay).unref();
    },
    async flush() {
      while (entries.length > 0 || writing) await start();
    },
    get dropped() {
      return dropped;
    },
  };
}

/** One row per trace: a message leaves about ten entries within a batch, and a tenth of the rows is a tenth of the work. */
function rowsOf(entries: readonly TraceEntry[]): readonly Row[] {
  const byTrace = Map.groupBy(entries, ({ traceId }) => traceId.slice(0, maxId));
  return [...byTrace].map(([traceId, own]) => ({
    traceId,
    at: own[0]?.at ?? 0,
    entries: JSON.stringify(own.map(bounded)),
  }));
}

function bounded(entry: TraceEntry): TraceEntry {
  return entry.detail.length <= maxDetail ? entry : { ...entry, detail: `${entry.detail.slice(0, maxDetail)}…` };
}
