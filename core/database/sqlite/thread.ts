import { Worker } from 'node:worker_threads';
import { asFault, Fault } from '../../errors.ts';
import { readFault, type Answer, type Call, type FromThread, type Start } from './wire.ts';

/** Operations waiting for one thread at most; beyond it callers are told "try again later". */
const mostWaiting = 20_000;

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (fault: Fault) => void };

type ThreadEvents = {
  /** Something nobody waits for has failed. */
  readonly onTrouble: (fault: Fault) => void;
  /** The thread has ended without being asked to: it answers nobody any more. */
  readonly onEnd: (fault: Fault) => void;
};

/** One of the database threads, seen from the main thread. */
export type Thread = AsyncDisposable & {
  /** `part.operation` of everything it can run. */
  readonly names: readonly string[];
  /**
   * @throws Fault of the operation; `database.unavailable` when the thread has ended or too much is waiting
   */
  call(name: string, input: unknown): Promise<unknown>;
};

/**
 * Starts a thread and waits until its connection is open and, for the writer, the schema is up to date.
 *
 * @throws Fault `data.newer`, `database.*` when it cannot be opened
 */
export async function startThread(start: Start, { onTrouble, onEnd }: ThreadEvents): Promise<Thread> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: start,
    name: `database-${start.role}`,
  });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const names = await ready(worker);
  const calls = createCalls(worker, { onTrouble, onEnd });
  return {
    names,
    call: (name, input) => calls.call(name, input),
    async [Symbol.asyncDispose]() {
      calls.close();
      await ended;
    },
  };
}

function ready(worker: Worker): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => reject(new Fault('database.unavailable', {}, cause));
    worker.once('error', failed);
    worker.once('exit', failed);
    worker.once('message', (message: FromThread) => {
      worker.off('error', failed);
      worker.off('exit', failed);
      if (message.kind === 'ready') resolve(message.names);
      else reject(message.kind === 'refused' ? readFault(message.fault) : asFault(message));
    });
  });
}

function createCalls(worker: Worker, { onTrouble, onEnd }: ThreadEvents) {
  const waiting = new Map<number, Waiting>();
  let outbox: Call[] = [];
  let lastId = 0;
  let closed: Fault | null = null;

  /** Once per turn of the event loop: what several connections ask in one turn crosses as one message. */
  function flush(): void {
    const calls = outbox;
    outbox = [];
    try {
      worker.postMessage(calls, []);
    } catch (cause) {
      for (const { id } of calls) settle(id, (one) => one.reject(new Fault('internal.bug', {}, cause)));
    }
  }

  function settle(id: number, how: (one: Waiting) => void): void {
    const one = waiting.get(id);
    waiting.delete(id);
    if (one) how(one);
  }

  function read(answer: Answer): void {
    settle(answer.id, (one) => {
      if (answer.kind === 'done') one.resolve(answer.value);
      else one.reject(readFault(answer.fault));
    });
  }

  function end(cause: unknown): void {
    const unexpected = closed === null;
    closed ??= new Fault('database.unavailable', {}, cause);
    if (unexpected) onEnd(closed);
    for (const id of waiting.keys()) settle(id, (one) => one.reject(new Fault('database.unavailable', {}, cause)));
  }

  worker.on('error', end);
  worker.on('exit', (code) => end(new Error(`the thread ended with ${code}`)));
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'answers') message.answers.forEach(read);
    else if (message.kind === 'trouble') onTrouble(readFault(message.fault));
  });

  return {
    call(name: string, input: unknown): Promise<unknown> {
      if (closed) return Promise.reject(closed);
      if (waiting.size >= mostWaiting)
        return Promise.reject(new Fault('database.unavailable', { waiting: waiting.size }));
      const id = (lastId += 1);
      if (outbox.push({ id, name, input }) === 1) setImmediate(flush);
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
    /** What was called before is still answered: the thread closes after it. */
    close(): void {
      closed ??= new Fault('database.unavailable', { problem: 'closed' });
      setImmediate(() => worker.postMessage(null, []));
    },
  };
}
