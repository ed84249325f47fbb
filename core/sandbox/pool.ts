import { Piscina } from 'piscina';
import type { Service } from './worker.ts';

/** One thread for the one task it is given. */
export type Pool = { run(task: Service): Promise<void> };

/**
 * Starts one worker thread that will own the isolates.
 *
 * Its one task lasts as long as the host: the thread reads fd 3, blocking, and never turns its event loop, so nothing
 * may be asked of the pool afterwards, and the thread cannot be terminated: the process ends instead.
 *
 * @param worker a file that exports `serve`
 */
export function openPool(worker: string): Pool {
  const piscina = new Piscina({
    filename: worker,
    name: 'serve',
    minThreads: 1,
    maxThreads: 1,
    atomics: 'disabled',
    recordTiming: false,
  });
  return {
    async run(task) {
      await piscina.run(task);
    },
  };
}
