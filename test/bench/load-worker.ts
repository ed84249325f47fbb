import { parentPort, workerData } from 'node:worker_threads';
import { octetsOf, sendUntilStopped } from './load-connection.ts';
import type { LoadOptions, LoadResult } from './load.ts';
import { createPace } from './pace.ts';
import { createTally } from './tally.ts';

const options: LoadOptions = workerData;
parentPort?.postMessage(await run(options), []);

async function run(load: LoadOptions): Promise<LoadResult> {
  const started = performance.now();
  const stop = new AbortController();
  const tally = createTally(load, started);
  tally.onEnough(() => stop.abort());
  const end = setTimeout(() => stop.abort(), load.warmUp + load.windows * load.window);
  const busy = process.threadCpuUsage();
  const shared = {
    load,
    octets: octetsOf(load),
    tally,
    pace: createPace(load.rate, started, stop.signal),
    stop: stop.signal,
  };

  await Promise.all(Array.from({ length: load.connections }, () => sendUntilStopped(shared)));
  clearTimeout(end);
  stop.abort();
  const { user, system } = process.threadCpuUsage(busy);
  return tally.result((user + system) / 1000 / (performance.now() - started));
}
