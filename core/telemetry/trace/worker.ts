import { parentPort, workerData } from 'node:worker_threads';
import { createKeeper, type Keeper } from './keeper.ts';
import { openTape, type Tape } from './tape.ts';
import type { Answer, Question, WriterOptions } from './writer.ts';

/** The trace thread: one question after another; whatever goes wrong is part of the answer. */
const options: WriterOptions = workerData;
let keeper: Keeper | null = null;
let tape: Tape | null | undefined;
let swept = 0;
/** Milliseconds between two looks for what was recorded too long ago. */
const pace = 60_000;

parentPort?.on('message', (question: Question) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(answer(question));
  if (question.kind === 'stop') parentPort?.close();
});

function answer(question: Question): Answer {
  try {
    keeper ??= createKeeper(options, Date.now);
    if (tape === undefined) tape = openTape(options.folder, options.recording, Date.now);
    return { ...nothing, ...reply(question, keeper, tape) };
  } catch (cause) {
    return { ...nothing, problem: cause instanceof Error ? cause.message : String(cause) };
  }
}

const nothing: Answer = { rows: [], recorded: [], problem: null };

function reply(question: Question, traces: Keeper, recordings: Tape | null): Partial<Answer> {
  if (question.kind === 'read') return { rows: traces.read(question.traceId) };
  if (question.kind === 'recent') return { recent: traces.recent(question.after) };
  if (question.kind === 'recorded') return { recorded: recordings?.read(question.filter) ?? [] };
  if (question.kind === 'purge') return { purged: purge(question.address, traces, recordings) };
  if (question.kind === 'record') recordings?.write(question.events);
  if (question.kind === 'write') {
    traces.write(question.rows);
    sweep(recordings);
  }
  if (question.kind === 'stop') {
    traces.close();
    recordings?.close();
  }
  return {};
}

function sweep(recordings: Tape | null): void {
  if (Date.now() - swept < pace) return;
  swept = Date.now();
  recordings?.sweep();
}

/** What names the address in one file goes from both: a trace and its recording are of the same mail. */
function purge(address: string, traces: Keeper, recordings: Tape | null): Answer['purged'] {
  const named = traces.naming(address);
  const recorded = recordings?.purge(address, named) ?? [];
  return { traces: traces.purge([...new Set([...named, ...recorded])]), recorded: recorded.length };
}
