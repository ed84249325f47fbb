import { Worker } from 'node:worker_threads';
import { createContent } from './content.ts';
import { runLoad, type LoadOptions } from './load.ts';
import { medianOf, type Result } from './result.ts';

/** A server that does next to nothing, in a thread of its own. */
export type Ceiling = AsyncDisposable & {
  readonly port: number;
  /** How many messages it has been given. */
  count(): Promise<number>;
};

/** @param reply what it answers to end-of-data */
export async function startCeiling(reply = '250 2.0.0 queued as nothing'): Promise<Ceiling> {
  const worker = new Worker(new URL('./ceiling.ts', import.meta.url), { workerData: reply });
  const port = await nextNumber(worker);
  return {
    port,
    async count() {
      worker.postMessage('count', []);
      return await nextNumber(worker);
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

function nextNumber(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** How fast the load generator itself is: no server can be measured beyond that. */
export async function benchLoad(): Promise<readonly Result[]> {
  await using ceiling = await startCeiling();
  const cases: Readonly<Record<string, Pick<LoadOptions, 'connection' | 'content'>>> = {
    'load.ceiling.50.4k': { connection: 'kept', content: createContent(4096) },
    'load.ceiling.50.60k': { connection: 'kept', content: createContent(61440) },
    'load.ceiling.50.4k.new-connections': { connection: 'new', content: createContent(4096) },
  };
  const results: Result[] = [];
  for (const [name, { connection, content }] of Object.entries(cases)) {
    const { rates } = await runLoad({
      port: ceiling.port,
      connections: 50,
      connection,
      content,
      reversePath: 'carol@example.test',
      recipient: 'alice@example.test',
      rate: null,
      warmUp: 500,
      window: 1000,
      windows: 3,
      messages: null,
    });
    results.push({ name, value: medianOf(rates), unit: 'messages/s' });
  }
  return results;
}
