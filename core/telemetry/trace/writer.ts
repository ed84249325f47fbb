import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Purged, RecordedEvent, RecordedFilter, RecordOptions } from '../recorded-event.ts';
import type { TraceEntry } from '../trace-entry.ts';
import { parseEntries, type Row } from './row.ts';

/** What the thread is asked; every question gets one answer, in order. */
export type Question =
  | { readonly kind: 'write'; readonly rows: readonly Row[] }
  | { readonly kind: 'read'; readonly traceId: string }
  | { readonly kind: 'recent'; readonly after: number }
  | { readonly kind: 'record'; readonly events: readonly RecordedEvent[] }
  | { readonly kind: 'recorded'; readonly filter: RecordedFilter }
  | { readonly kind: 'purge'; readonly address: string }
  | { readonly kind: 'stop' };

/** What it answers: rows for `read`, the others by their name; a problem instead of an exception. */
export type Answer = {
  readonly rows: readonly string[];
  readonly recent?: { readonly next: number; readonly rows: readonly Row[] } | undefined;
  readonly recorded: readonly RecordedEvent[];
  readonly purged?: Purged | undefined;
  readonly problem: string | null;
};

/** What the thread is started with. */
export type WriterOptions = {
  readonly folder: string;
  readonly days: number;
  readonly size: number;
  /** Null: no event is recorded. */
  readonly recording: RecordOptions | null;
};

/** What was written after a point; `next` is the point to go on from. */
export type Recent = { readonly next: number; readonly entries: readonly TraceEntry[] };

/** The thread that owns the file. */
export type Writer = {
  /** @returns whether the rows are written */
  write(rows: readonly Row[]): Promise<boolean>;
  read(traceId: string): Promise<readonly TraceEntry[]>;
  recent(after: number): Promise<Recent>;
  /** @returns whether the events are written */
  record(events: readonly RecordedEvent[]): Promise<boolean>;
  recorded(filter: RecordedFilter): Promise<readonly RecordedEvent[]>;
  /** @returns null when it could not be done */
  purge(address: string): Promise<Purged | null>;
  stop(): Promise<void>;
};

const row = z.object({ traceId: z.string(), at: z.number(), entries: z.string() });
const event = z.object({
  traceId: z.string(),
  at: z.number(),
  event: z.string(),
  binding: z.string(),
  sink: z.string(),
  revision: z.string(),
  payload: z.string(),
  answer: z.string(),
  octets: z.instanceof(Uint8Array).nullable(),
});
const answers = z.object({
  rows: z.array(z.string()),
  recent: z.object({ next: z.number(), rows: z.array(row) }).optional(),
  recorded: z.array(event),
  purged: z.object({ traces: z.number(), recorded: z.number() }).optional(),
  problem: z.string().nullable(),
});

const gone: Answer = { rows: [], recorded: [], problem: 'the trace thread is gone' };

/** Starts the thread and waits until it has opened the file, or has failed to: then everything is lost, and said so. */
export async function startWriter({ log, ...options }: WriterOptions & { readonly log: Log }): Promise<Writer> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: options, name: 'trace' });
  const asked: ((answer: Answer) => void)[] = [];
  let alive = true;

  worker.on('message', (answer: unknown) => asked.shift()?.(answers.parse(answer)));
  worker.on('error', (cause) => log.error({ cause }, 'the trace thread failed; there are no traces until a restart'));
  worker.on('exit', () => {
    alive = false;
    for (const settle of asked.splice(0)) settle(gone);
  });

  async function ask(question: Question): Promise<Answer> {
    if (!alive) return gone;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    asked.push(resolve);
    worker.ref(); // an answer is worth staying alive for
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(question);
    const answer = await promise;
    if (asked.length === 0) worker.unref();
    if (answer.problem !== null) log.warn({ problem: answer.problem }, `cannot ${question.kind} traces`);
    return answer;
  }

  await ask({ kind: 'write', rows: [] }); // the first answer comes when the file is open
  return {
    write: async (rows) => (await ask({ kind: 'write', rows })).problem === null,
    read: async (traceId) => entriesOf(traceId, (await ask({ kind: 'read', traceId })).rows),
    async recent(after) {
      const { recent } = await ask({ kind: 'recent', after });
      return { next: recent?.next ?? after, entries: (recent?.rows ?? []).flatMap(parseEntries) };
    },
    record: async (events) => (await ask({ kind: 'record', events })).problem === null,
    recorded: async (filter) => (await ask({ kind: 'recorded', filter })).recorded,
    purge: async (address) => (await ask({ kind: 'purge', address })).purged ?? null,
    async stop() {
      if (!alive) return;
      const ended = once(worker, 'exit');
      await ask({ kind: 'stop' });
      worker.ref();
      await ended;
    },
  };
}

function entriesOf(traceId: string, rows: readonly string[]): readonly TraceEntry[] {
  return rows
    .flatMap((entries) => parseEntries({ traceId, entries }))
    .sort((a, b) => a.at - b.at)
    .slice(0, 10_000);
}
