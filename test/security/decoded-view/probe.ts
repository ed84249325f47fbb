import { createHook } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/*
 * Loaded into the server with --import: on SIGUSR2 writes as JSON what its event loop did since the last time, in
 * milliseconds. `stall`: how late a timer was at most, which on a busy machine tells of the machine. `work`: the most
 * CPU one callback took with all it led to, garbage collection included, before anybody else had a turn.
 * LIMIT: Linux counts the CPU of a thread in ticks, mostly of 4 ms: by so much `work` may be off either way.
 */
const resolution = 1;
const file = decodeURIComponent(new URL(import.meta.url).search.slice(1));

type Mark = { readonly cpu: number; readonly now: number; readonly idle: number };

function mark(): Mark {
  const { user, system } = process.threadCpuUsage();
  return { cpu: (user + system) / 1_000, now: performance.now(), idle: performance.nodeTiming.idleTime };
}

/** Of everything between two callbacks: what the loop waited is no work, whatever the thread did meanwhile. */
const workBetween = (from: Mark, to: Mark): number =>
  Math.min(to.cpu - from.cpu, to.now - from.now - (to.idle - from.idle));

/** @returns the longest piece of work since the last call */
function watchWork(): () => number {
  const parts = new Set<number>();
  let last = mark();
  let longest = 0;
  const look = (): void => {
    const now = mark();
    longest = Math.max(longest, workBetween(last, now));
    last = now;
  };
  createHook({
    trackPromises: false,
    // What is put off to the end of a callback is part of it.
    init: (id, kind) => void ((kind === 'TickObject' || kind === 'Microtask') && parts.add(id)),
    before: (id) => void (parts.delete(id) || look()),
  }).enable();
  return () => {
    const found = longest;
    [longest, last] = [0, mark()];
    return found;
  };
}

if (isMainThread) {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  const work = watchWork();
  process.on('SIGUSR2', () => {
    writeFileSync(file, JSON.stringify({ stall: Math.max(0, histogram.max / 1e6 - resolution), work: work() }));
    histogram.reset();
  });
}
