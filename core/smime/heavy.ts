import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { copyInTurns } from '../message/copy-in-turns.ts';
import { doWork, type Work, type Worked } from './heavy/work.ts';

/** Octets from which on it is worth sending them to a thread: the smaller ones take less than a millisecond or two. */
export const heavyFrom = 2 ** 20;
/** Enough for two large messages at a time; the event loop is the third. */
const mostThreads = 2;

type Job = {
  /** Over a copy of the octets, which the thread gets. */
  readonly work: Work & { readonly octets: Uint8Array<ArrayBuffer> };
  readonly original: Work;
  readonly settle: (worked: Worked) => void;
};

const idle: Worker[] = [];
const waiting: Job[] = [];
let threads = 0;

/**
 * Does work on octets: small ones at once, large ones in a thread, so that nobody is kept waiting. The threads start
 * with the first large message and keep no process alive.
 */
export async function work(what: Work): Promise<Worked> {
  if (what.octets.length < heavyFrom) return doWork(what);
  const octets = new Uint8Array(what.octets.length);
  await copyInTurns([what.octets], octets);
  const { promise, resolve } = Promise.withResolvers<Worked>();
  waiting.push({ work: { ...what, octets }, original: what, settle: resolve });
  next();
  return promise;
}

function next(): void {
  if (waiting.length === 0) return;
  const worker = idle.pop() ?? (threads < mostThreads ? start() : null);
  const job = worker && waiting.shift();
  if (job) give(worker, job);
}

function start(): Worker {
  threads += 1;
  return new Worker(new URL('heavy/worker.ts', import.meta.url), { name: 'cryptography' });
}

/** A thread that ends, for lack of memory, leaves its work to this one. */
function give(worker: Worker, { work: what, original, settle }: Job): void {
  const onEnd = (): void => {
    threads -= 1;
    settle(doWork(original));
    next();
  };
  worker.ref();
  worker.once('error', onEnd);
  worker.once('message', ({ octets, tag }: Worked) => {
    worker.off('error', onEnd);
    worker.unref();
    idle.push(worker);
    settle({ octets, tag });
    next();
  });
  worker.postMessage(what, [what.octets.buffer]);
}

/** Lets the event loop turn between two steps that each take a copy of large octets. */
export async function breathe({ length }: Uint8Array): Promise<void> {
  if (length >= heavyFrom) await turn();
}
