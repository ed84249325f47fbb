import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { TraceEntry } from '../trace-entry.ts';
import { parseEntries, type Row } from './row.ts';

/** What the thread is asked; every question gets one answer, in order. */
export type Question =
  | { readonly kind: 'write'; readonly rows: readonly Row[] }
  | { readonly kind: 'read'; readonly traceId: string }
  | { readonly kind: 'recent'; readonly after: number }
  | { readonly kind: 'stop' };

/** What it answers: rows for `read`, `recent` for that; a problem instead of an exception. */
export type Answer = {
  readonly rows: readonly string[];
  readonly recent?: { readonly next: number; readonly rows: readonly Row[] } | undefined;
  readonly problem: string | null;
};

/** What the thread is started with. */
export type WriterOptions = { readonly folder: string; readonly days: number; readonly size: number };

/** What was written after a point; `next` is the point to go on from. */
export type Recent = { readonly next: number; readonly entries: readonly TraceEntry[] };

/** The thread that owns the file. */
export type Writer = {
  /** @returns whether the rows are written */
  write(rows: readonly Row[]): Promise<boolean>;
  read(traceId: string): Promise<readonly TraceEntry[]>;
  recent(after: number): Promise<Recent>;
  stop(): Promise<void>;
};

const row = z.object({ traceId: z.string(), at: z.number(), entries: z.string() });
const answers = z.object({
  rows: z.array(z.string()),
  recent: z.object({ next: z.number(), rows: z.array(row) }).optional(),
  problem: z.string().nullable(),
});

/** Starts the thread and waits until it has opened the file, or has failed to: then everything is lost, and said so. */
export async function startWriter({ log, ...options }: WriterOptions & { readonly log: Log }): Promise<Writer> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: options, name: 'trace' });
  const asked: ((answer: Answer) => void)[] = [];
  let alive = true;

  worker.on('message', (answer: unknown) => asked.shift()?.(answers.parse(answer)));
  worker.on('error', (cause) => log.error({ cause }, 'the trace thread failed; there are no traces until a restart'));
  worker.on('exit', () => {
    alive = false;
    for (const settle of asked.splice(0)) settle({ rows: [], problem: 'the trace thread is gone' });
  });

  async function ask(question: Question): Promise<Answer> {
    if (!alive) return { rows: [], problem: 'the trace thread is gone' };
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
