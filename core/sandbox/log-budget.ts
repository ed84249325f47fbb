/** What a sink may log in a minute. */
export type LogBudget = {
  /** @param size characters of the line @returns whether it may be written; if not, it is counted */
  take(size: number): boolean;
  /** So many lines were left out already. */
  miss(lines: number): void;
  /** Tells what is not told yet: the sink goes. */
  end(): void;
};

/** @param most characters in a minute @param onMissing gets the number of lines left out, once a minute and at the end */
export function createLogBudget(
  most: number,
  onMissing: (lines: number) => void,
  now: () => number = performance.now.bind(performance),
): LogBudget {
  let minute = Math.floor(now() / 60_000);
  let used = 0;
  let missing = 0;
  const end = (): void => {
    if (missing > 0) onMissing(missing);
    missing = 0;
  };
  const turn = (): void => {
    const current = Math.floor(now() / 60_000);
    if (current === minute) return;
    end();
    minute = current;
    used = 0;
  };
  return {
    take(size) {
      turn();
      used += size;
      if (used > most) missing += 1;
      return used <= most;
    },
    miss(lines) {
      turn();
      missing += lines;
    },
    end,
  };
}
