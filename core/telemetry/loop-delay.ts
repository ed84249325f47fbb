import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late the event loop of this thread is: what every session waits for. */
export type LoopDelay = Disposable & {
  /** @returns milliseconds that 99 of 100 turns stayed below since the last `reset` */
  p99(): number;
  reset(): void;
};

/** Starts measuring this thread's event loop. @param resolution milliseconds between looks */
export function openLoopDelay(resolution = 10): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  return {
    // The histogram counts the planned wait itself: on an idle loop it shows the resolution.
    p99: () => Math.max(0, histogram.percentile(99) / 1e6 - resolution),
    reset: () => histogram.reset(),
    [Symbol.dispose]: () => void histogram.disable(),
  };
}
