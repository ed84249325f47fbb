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
  /** @throws Fault `keys.unavailable` when the thread has ended or too much is waiting */
  call(ask: Ask): Promise<Answer>;
};

type Waiting = { readonly resolve: (answer: Answer) => void; readonly reject: (fault: Fault) => void };

/**
 * Starts the thread and waits until it has opened the keystore.
 *
 * LIMIT: a thread that ends by itself is not started again; everything asked of it is `keys.unavailable` from then on.
 *
 * @throws Fault `keys.unavailable`
 */
export async function startSigner(start: SignerStart): Promise<Signer | Refusal> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: start, name: 'keys' });
  const ended = once(worker, 'exit').catch(() => undefined);
  const opening = await firstMessage(worker);
  if (opening.kind === 'refused') {
    await worker.terminate();
    return opening;
  }
  const calls = createCalls(worker);
  return {
    kind: 'open',
    opening,
    call: (ask) => calls.call(ask),
    async [Symbol.asyncDispose]() {
      calls.close();
      await ended;
    },
  };
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

function createCalls(worker: Worker): { call(ask: Ask): Promise<Answer>; close(): void } {
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
