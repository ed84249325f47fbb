/** Calls again and again while there is something to look after, and costs nothing otherwise. */
export type Clock = Disposable & {
  /** There is something to look after. */
  start(): void;
};

/**
 * @param pause milliseconds between two looks
 * @param look returns whether there is still something to look after
 */
export function createClock(pause: number, look: () => boolean): Clock {
  let timer: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (timer) clearInterval(timer);
    timer = null;
  };
  return {
    start() {
      timer ??= setInterval(() => {
        if (!look()) stop();
      }, pause);
    },
    [Symbol.dispose]: stop,
  };
}
