import { Worker } from 'node:worker_threads';

/** Threads that take one task at a time each. */
export type Crew<Task, Answer> = AsyncDisposable & {
  /** Never rejects: what goes wrong is said in words. */
  run(task: Task): Promise<Ended<Answer>>;
};

/** What became of a task. */
export type Ended<Answer> =
  | { readonly kind: 'done'; readonly answer: Answer }
  /** The thread that had it is gone; the next task gets a new one. */
  | { readonly kind: 'failed'; readonly reason: string };

export type CrewOptions = {
  /** A module that posts one message for each it is posted, in order. */
  readonly worker: URL;
  /** At most; the first task starts the first. */
  readonly threads: number;
  /** Milliseconds a thread may take for one task, its own start included. Then it is ended. */
  readonly deadline: number;
  /** Megabytes of heap of one thread. */
  readonly heap: number;
};

type Job<Task, Answer> = { readonly task: Task; readonly settle: (ended: Ended<Answer>) => void };

/** Tasks waiting for a thread at most: whoever waits holds a message in memory. */
const mostWaiting = 1_000;

/** Opens a crew. Its threads end when it is disposed of, and keep no process alive while they wait. */
export function openCrew<Task, Answer>({ worker: url, threads, deadline, heap }: CrewOptions): Crew<Task, Answer> {
  const all = new Set<Worker>();
  const free: Worker[] = [];
  const waiting: Job<Task, Answer>[] = [];

  function start(): Worker {
    const worker = new Worker(url, { name: 'decoding', resourceLimits: { maxOldGenerationSizeMb: heap } });
    all.add(worker);
    worker.on('error', () => undefined); // told by whoever waits for it; never uncaught
    worker.once('exit', () => forget(worker));
    return worker;
  }

  function forget(worker: Worker): void {
    all.delete(worker);
    const at = free.indexOf(worker);
    if (at >= 0) free.splice(at, 1);
  }

  function next(): void {
    if (waiting.length === 0) return;
    const worker = free.pop() ?? (all.size < threads ? start() : null);
    const job = worker && waiting.shift();
    if (job) void give(worker, job);
  }

  async function give(worker: Worker, { task, settle }: Job<Task, Answer>): Promise<void> {
    worker.ref();
    worker.postMessage(task, []);
    const ended = await answerOf<Answer>(worker, deadline);
    if (ended.kind === 'done') {
      worker.unref();
      free.push(worker);
    } else {
      forget(worker);
      void worker.terminate();
    }
    settle(ended);
    next();
  }

  return {
    run(task) {
      if (waiting.length >= mostWaiting)
        return Promise.resolve({ kind: 'failed', reason: 'too many messages are being read' });
      const { promise, resolve } = Promise.withResolvers<Ended<Answer>>();
      waiting.push({ task, settle: resolve });
      next();
      return promise;
    },
    async [Symbol.asyncDispose]() {
      for (const { settle } of waiting.splice(0)) settle({ kind: 'failed', reason: 'Sluice stops' });
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

async function answerOf<Answer>(worker: Worker, deadline: number): Promise<Ended<Answer>> {
  const { promise, resolve } = Promise.withResolvers<Ended<Answer>>();
  const onMessage = (answer: Answer): void => resolve({ kind: 'done', answer });
  const onError = (cause: Error): void => resolve({ kind: 'failed', reason: reasonOf(cause) });
  const onExit = (): void => resolve({ kind: 'failed', reason: 'its thread ended' });
  const onLate = (): void => resolve({ kind: 'failed', reason: `no answer within ${deadline / 1_000} s` });
  const timer = setTimeout(onLate, deadline);
  worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  const ended = await promise;
  clearTimeout(timer);
  worker.off('message', onMessage).off('error', onError).off('exit', onExit);
  return ended;
}

const reasonOf = (cause: Error): string =>
  'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out of memory' : `${cause.name} while reading it`;
