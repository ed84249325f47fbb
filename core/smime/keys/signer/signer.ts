import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../../errors.ts';
import type { Refusal } from '../refusal.ts';
import type { Answer, Answered, Ask, Opening, SignerStart } from './wire.ts';

/** Operations waiting for the thread at most. */
const mostWaiting = 10_000;

/** The thread that has the private keys, seen from outside. */
export type Signer = AsyncDisposable & {
  readonly kind: 'open';
  readonly opening: Exclude<Opening, Refusal>;
  /** Times the thread ended by itself, and why the last time; null when it never did. */
  faults(): { readonly count: number; readonly at: number; readonly reason: string } | null;
  /** @throws Fault `keys.unavailable` when the thread has ended or too much is waiting */
  call(ask: Ask): Promise<Answer>;
};

export type SignerParts = {
  /** Epoch ms. */
  readonly now: () => number;
  /** Another module than ours; tests name one that ends by itself. */
  readonly worker?: URL;
};

type Waiting = { readonly resolve: (answer: Answer) => void; readonly reject: (fault: Fault) => void };

/** Milliseconds between two starts of a thread that does not stay. */
const restartAfter = 1_000;

/**
 * Starts the thread and waits until it has opened the keystore. One that ends by itself fails what was asked of it, and
 * is started again by the next that asks.
 *
 * @throws Fault `keys.unavailable`
 */
export async function startSigner(start: SignerStart, parts: SignerParts): Promise<Signer | Refusal> {
  const first = await startThread(start, parts);
  if (first.kind === 'refused') return first;
  let thread: Thread = first;
  let isClosed = false;
  let starting: Promise<Thread> | null = null;
  let faults: ReturnType<Signer['faults']> = null;
  const note = (cause: unknown): void => {
    if (isClosed) return;
    const reason = cause instanceof Error ? cause.message : `it ended with ${String(cause)}`;
    faults = { count: (faults?.count ?? 0) + 1, at: parts.now(), reason };
  };
  const watch = (one: Thread): void => void one.ended.then(note, note);
  watch(first);

  async function restart(): Promise<Thread> {
    const next = await startThread(start, parts);
    if (next.kind === 'refused') throw new Fault('keys.unavailable', { problem: next.text });
    watch(next);
    return (thread = next);
  }

  function current(): Thread | Promise<Thread> {
    if (isClosed || !thread.isOver() || parts.now() - thread.startedAt < restartAfter) return thread;
    return (starting ??= restart().finally(() => (starting = null)));
  }

  return {
    kind: 'open',
    opening: first.opening,
    faults: () => faults,
    call: async (ask) => (await current()).calls.call(ask),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      thread.calls.close();
      await thread.ended;
    },
  };
}

type Thread = {
  readonly kind: 'open';
  readonly opening: Exclude<Opening, Refusal>;
  readonly calls: Calls;
  readonly startedAt: number;
  readonly ended: Promise<unknown>;
  isOver(): boolean;
};

async function startThread(start: SignerStart, parts: SignerParts): Promise<Thread | Refusal> {
  const worker = new Worker(parts.worker ?? new URL('worker.ts', import.meta.url), { workerData: start, name: 'keys' });
  const startedAt = parts.now();
  let isOver = false;
  const ended = once(worker, 'exit')
    .then(([code]: unknown[]): unknown => code)
    .catch((cause: unknown) => cause)
    .finally(() => (isOver = true));
  const opening = await firstMessage(worker);
  if (opening.kind === 'refused') {
    await worker.terminate();
    return opening;
  }
  return { kind: 'open', opening, calls: createCalls(worker), startedAt, ended, isOver: () => isOver };
}

function firstMessage(worker: Worker): Promise<Opening> {
  const { promise, resolve, reject } = Promise.withResolvers<Opening>();
  const failed = (cause: unknown): void => reject(new Fault('keys.unavailable', {}, cause));
  worker.once('error', failed);
  worker.once('exit', failed);
  worker.once('message', resolve);
  return promise.finally(() => {
    worker.off('error', failed);
    worker.off('exit', failed);
  });
}

type Calls = { call(ask: Ask): Promise<Answer>; close(): void };

function createCalls(worker: Worker): Calls {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let closed: Fault | null = null;

  function end(cause: unknown): void {
    closed ??= new Fault('keys.unavailable', {}, cause);
    for (const one of waiting.values()) one.reject(new Fault('keys.unavailable', {}, cause));
    waiting.clear();
  }
  worker.on('error', end);
  worker.on('exit', end);
  worker.on('message', ({ id, answer }: Answered) => {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  });

  return {
    call(ask) {
      if (closed) return Promise.reject(closed);
      if (waiting.size >= mostWaiting) return Promise.reject(new Fault('keys.unavailable', { waiting: waiting.size }));
      const id = (lastId += 1);
      worker.postMessage({ id, ask }, handedOver(ask));
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
    close() {
      if (!closed) worker.postMessage(null, []);
      closed ??= new Fault('keys.unavailable', { problem: 'closed' });
    },
  };
}

/** A file to import is handed over, not copied: afterwards it is not here any more. */
function handedOver(ask: Ask): readonly ArrayBuffer[] {
  if (ask.kind !== 'import' || ask.source.kind !== 'octets') return [];
  const { buffer } = ask.source.octets;
  return buffer instanceof ArrayBuffer && buffer.byteLength === ask.source.octets.byteLength ? [buffer] : [];
}
