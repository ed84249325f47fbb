import { createHistogram } from 'node:perf_hooks';
import type { LoadOptions, LoadResult } from './load.ts';

/** Counts what the connections of one load report. */
export type Tally = {
  /** @param due when the message was sent or due, performance.now */
  acknowledge(due: number): void;
  refuse(reply: string): void;
  /** Claims the right to send one more message. @returns false when enough have been sent */
  start(): boolean;
  onEnough(listener: () => void): void;
  result(ownCpu: number): LoadResult;
};

export function createTally(load: LoadOptions, started: number): Tally {
  const counts = Array.from({ length: load.windows }, () => 0);
  const latencies = createHistogram();
  let sent = 0;
  let acknowledged = 0;
  let lastAt = started;
  let refused = 0;
  let firstRefusal: string | null = null;
  let enough: (() => void) | null = null;

  return {
    acknowledge(due) {
      lastAt = performance.now();
      acknowledged += 1;
      const into = lastAt - started - load.warmUp;
      const window = Math.floor(into / load.window);
      if (into >= 0) latencies.record(Math.max(1, Math.round((lastAt - due) * 1000)));
      if (into >= 0 && window < load.windows) counts[window] = (counts[window] ?? 0) + 1;
      if (acknowledged === load.messages) enough?.();
    },
    refuse(reply) {
      refused += 1;
      firstRefusal ??= reply;
    },
    start() {
      sent += 1;
      return load.messages === null || sent <= load.messages;
    },
    onEnough: (listener) => (enough = listener),
    result: (ownCpu) => ({
      acknowledged,
      refused,
      firstRefusal,
      rates:
        load.messages === null
          ? counts.map((count) => (count * 1000) / load.window)
          : [(acknowledged * 1000) / (lastAt - started)],
      latency: {
        p50: latencies.percentile(50) / 1000,
        p99: latencies.percentile(99) / 1000,
        max: latencies.max / 1000,
      },
      ownCpu,
    }),
  };
}
