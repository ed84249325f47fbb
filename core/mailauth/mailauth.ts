import { Worker } from 'node:worker_threads';
import type { AuthFailure } from '../../sdk/capabilities/mailauth.ts';
import type { Answer, Done, Task, ThreadOptions, Work } from './task.ts';

/** Authenticates and signs mail, in a thread that starts with the first message. */
export type MailAuthThread = AsyncDisposable & {
  /** Never rejects. @param octets are copied */
  run(octets: Uint8Array, work: Work): Promise<Answer>;
};

export type MailAuthOptions = {
  readonly dns: { readonly servers?: readonly string[] | undefined; readonly timeout: number; readonly tries: number };
  /** Milliseconds for one message. */
  readonly deadline?: number;
};

/** Messages in the thread at most; each is held there once more. */
const mostUnderWay = 256;
/** Megabytes of heap. */
const heap = 512;
/** Milliseconds beyond the deadline: a thread that has not said by then that it is late hangs. */
const patience = 2_000;

type Waiting = { readonly settle: (answer: Answer) => void; readonly timer: NodeJS.Timeout };

/**
 * Opens the room. What reads mail of strangers is not ours, so it runs where it keeps nobody else waiting: a thread that
 * hangs or hoards is ended, and the next message gets a new one.
 */
export function openMailAuth({ dns, deadline = 20_000 }: MailAuthOptions): MailAuthThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let lastId = 0;

  function start(): Worker {
    const workerOptions: ThreadOptions = { ...dns, servers: dns.servers ?? null, deadline };
    const started = new Worker(new URL('thread.ts', import.meta.url), {
      name: 'mailauth',
      workerData: workerOptions,
      resourceLimits: { maxOldGenerationSizeMb: heap },
    });
    started.on('message', ({ id, answer }: Done) => settle(id, answer));
    started.on('error', () => undefined); // 'exit' follows
    started.once('exit', () => lose(started));
    started.unref();
    return (worker = started);
  }

  function settle(id: number, answer: Answer): void {
    const one = waiting.get(id);
    if (!one) return;
    waiting.delete(id);
    clearTimeout(one.timer);
    one.settle(answer);
  }

  function lose(lost: Worker): void {
    if (worker !== lost) return;
    worker = null;
    for (const id of waiting.keys()) settle(id, failed('timeout'));
    void lost.terminate();
  }

  return {
    run(octets, work) {
      if (waiting.size >= mostUnderWay) return Promise.resolve(failed('busy'));
      const { promise, resolve } = Promise.withResolvers<Answer>();
      const thread = worker ?? start();
      const id = (lastId += 1);
      waiting.set(id, { settle: resolve, timer: setTimeout(() => lose(thread), deadline + patience) });
      const own = Uint8Array.from(octets);
      const task: Task = { id, octets: own, work };
      thread.postMessage(task, [own.buffer]);
      return promise;
    },
    async [Symbol.asyncDispose]() {
      const last = worker;
      worker = null;
      for (const id of waiting.keys()) settle(id, failed('busy'));
      await last?.terminate();
    },
  };
}

const failed = (reason: AuthFailure['reason']): AuthFailure => ({ kind: 'failed', reason });
