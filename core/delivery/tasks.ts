import { setTimeout as wait } from 'node:timers/promises';

/** What is under way and nobody awaits. */
export type Tasks = {
  /** @param work never rejects */
  readonly track: (work: Promise<void>) => void;
  /** Resolves when nothing is under way any more, or the grace (milliseconds) is over. */
  settle(grace: number): Promise<void>;
};

export function createTasks(): Tasks {
  const underWay = new Set<Promise<void>>();

  /** Work may start other work while it ends. */
  async function settled(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay);
  }

  return {
    track(work) {
      const tracked: Promise<void> = work.finally(() => underWay.delete(tracked));
      underWay.add(tracked);
    },
    async settle(grace) {
      const timer = new AbortController();
      await Promise.race([settled(), wait(grace, undefined, { signal: timer.signal })]);
      timer.abort();
    },
  };
}
