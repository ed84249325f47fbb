/** Says when the next message may go. */
export type Pace = {
  /** Calls back with the instant the message was due (performance.now); at once when there is no pace to keep, or no more to send. */
  take(go: (due: number) => void): void;
};

/**
 * An open-loop pace: messages fall due at even intervals whether or not the server keeps up, so a stalled server
 * shows in the latencies instead of slowing the questions down.
 *
 * @param rate messages a second; null: at once, always
 */
export function createPace(rate: number | null, started: number, stop: AbortSignal): Pace {
  if (rate === null) return { take: (go) => go(performance.now()) };
  const interval = 1000 / rate;
  const idle: ((due: number) => void)[] = [];
  let issued = 0;
  const isDue = (): boolean => stop.aborted || started + issued * interval <= performance.now();
  const nextDue = (): number => started + issued++ * interval;
  const release = (): void => {
    while (idle.length > 0 && isDue()) idle.shift()?.(nextDue());
  };

  const beat = setInterval(release, 1);
  stop.addEventListener('abort', () => {
    clearInterval(beat);
    release();
  });
  return {
    take(go) {
      if (isDue()) go(nextDue());
      else idle.push(go);
    },
  };
}
