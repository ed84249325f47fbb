import { limits } from './capabilities/limits.ts';

/** What a sink may log in a minute. */
export type LogBudget = {
  /** @param size characters of the line @returns whether it may be written; if not, it is counted */
  take(size: number): boolean;
};

/** @param onMissing gets one line a minute that says how many were left out */
export function createLogBudget(
  onMissing: (text: string) => void,
  now: () => number = performance.now.bind(performance),
): LogBudget {
  let minute = Math.floor(now() / 60_000);
  let used = 0;
  let missing = 0;
  return {
    take(size) {
      const current = Math.floor(now() / 60_000);
      if (current !== minute) {
        if (missing > 0) onMissing(`${missing} lines of log left out: more than 64 KB in a minute`);
        minute = current;
        used = 0;
        missing = 0;
      }
      used += size;
      if (used > limits.logPerMinute) missing += 1;
      return used <= limits.logPerMinute;
    },
  };
}
