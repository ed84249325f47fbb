import { createBacklog } from './trace/backlog.ts';
import { startWriter, type Recent } from './trace/writer.ts';
import { createReel } from './trace/reel.ts';
import type { Purged, RecordedEvent, RecordedFilter, RecordOptions } from './recorded-event.ts';
import type { TraceEntry } from './trace-entry.ts';
import type { Log } from './log.ts';

export type { TraceEntry } from './trace-entry.ts';

/** The record of what happened. Best effort: it may lose entries, it never delays or breaks mail. */
export type Trace = AsyncDisposable & {
  /** Notes an entry in memory and returns at once; drops and counts it when the writer cannot keep up. Never throws. */
  record(entry: TraceEntry): void;
  /** @returns the entries in the order of time, at most 10,000; empty when there are none or they cannot be read */
  read(traceId: string): Promise<readonly TraceEntry[]>;
  /** @param after as the last call answered; -1 for where things stand now */
  recent(after: number): Promise<Recent>;
  /** Keeps an event for `sluice sink replay`; as little a burden as `record`. Nothing when recording is off. */
  keep(event: RecordedEvent): void;
  recorded(filter: RecordedFilter): Promise<readonly RecordedEvent[]>;
  /** Removes every trace, and everything recorded, of mail that names an address. @returns null when it could not be done */
  purge(address: string): Promise<Purged | null>;
  /** Resolves when everything recorded so far is written or lost. */
  flush(): Promise<void>;
  /** Entries lost since the start. */
  readonly dropped: number;
};

/** Where traces are kept and for how long. */
export type TraceOptions = {
  /** The data folder; the traces are `trace.db` in it. */
  readonly folder: string;
  readonly log: Log;
  /** Older ones go. */
  readonly days?: number;
  /** Octets; the oldest go when the file is larger. */
  readonly size?: number;
  /** Null, the default: no event is recorded, and what was before is removed. */
  readonly recording?: RecordOptions | null;
};

/** How many entries may wait in memory, and how long one waits before it is written (milliseconds). */
const limits = { waiting: 50_000, batch: 2_000, delay: 100 };

/**
 * Opens the trace: a file of its own, written in batches by a thread of its own, outside every mail transaction.
 *
 * A file that is damaged is set aside as `trace.db.damaged`; one that cannot be opened at all costs a warning and
 * the traces, nothing else.
 */
export async function openTrace(options: TraceOptions): Promise<Trace> {
  const { folder, log, days = 14, size = 256 * 2 ** 20, recording = null } = options;
  const writer = await startWriter({ folder, days, size, recording, log });
  const reel = createReel({ write: (events) => writer.record(events), log });
  const backlog = createBacklog({ ...limits, write: (rows) => writer.write(rows), log });
  return {
    record: (entry) => backlog.add(entry),
    flush: () => backlog.flush(),
    get dropped() {
      return backlog.dropped;
    },
    async read(traceId) {
      await backlog.flush();
      return await writer.read(traceId);
    },
    async recent(after) {
      await backlog.flush();
      return await writer.recent(after);
    },
    keep(event) {
      if (recording !== null) reel.add(event);
    },
    async recorded(filter) {
      await reel.flush();
      return await writer.recorded(filter);
    },
    async purge(address) {
      await Promise.all([backlog.flush(), reel.flush()]);
      return await writer.purge(address);
    },
    async [Symbol.asyncDispose]() {
      await reel.flush();
      await backlog.flush();
      await writer.stop();
    },
  };
}
