import { parentPort, workerData } from 'node:worker_threads';
import { createKeeper, type Keeper } from './keeper.ts';
import type { Answer, Question, WriterOptions } from './writer.ts';

/** The trace thread: one question after another; whatever goes wrong is part of the answer. */
const options: WriterOptions = workerData;
let keeper: Keeper | null = null;

parentPort?.on('message', (question: Question) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(answer(question));
  if (question.kind === 'stop') parentPort?.close();
});

function answer(question: Question): Answer {
  try {
    keeper ??= createKeeper(options, Date.now);
    if (question.kind === 'write') keeper.write(question.rows);
    if (question.kind === 'stop') keeper.close();
    const recent = question.kind === 'recent' ? keeper.recent(question.after) : undefined;
    return { rows: question.kind === 'read' ? keeper.read(question.traceId) : [], recent, problem: null };
  } catch (cause) {
    return { rows: [], problem: cause instanceof Error ? cause.message : String(cause) };
  }
}
