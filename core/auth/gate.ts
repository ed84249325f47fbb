import { Fault } from '../errors.ts';

/**
 * Lets so many run at the same time, and so many wait, first come first served.
 *
 * @throws Fault `auth.busy` when the places to wait are taken
 */
export function createGate(parallel: number, mostWaiting: number) {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async <T>(run: () => Promise<T>): Promise<T> => {
    if (running < parallel) running += 1;
    else if (waiting.length >= mostWaiting) throw new Fault('auth.busy', { waiting: waiting.length });
    else await new Promise<void>((resolve) => waiting.push(resolve)); // the place is handed on, `running` stays
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
