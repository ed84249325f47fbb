import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/* Loaded into the server with --import: on SIGUSR2 writes the longest stall of its event loop since the last time, ms. */
const resolution = 1;
const file = decodeURIComponent(new URL(import.meta.url).search.slice(1));
if (isMainThread) {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  process.on('SIGUSR2', () => {
    writeFileSync(file, String(Math.max(0, histogram.max / 1e6 - resolution)));
    histogram.reset();
  });
}
