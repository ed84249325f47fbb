import { minute } from '../../sdk/durations.ts';
import type { Binding } from '../events/binding.ts';
import type { Retries } from './options.ts';

/** The longest wait after a fault, in milliseconds: what broke is usually mended by then. */
const longestFaultWait = 15 * minute;

/**
 * How long a message waits after a sink deferred it: longer the older it is, so that nothing has to be counted.
 *
 * @param age milliseconds since it was accepted
 * @returns whole milliseconds: the queue keeps no others
 */
export function waitAfterDefer(age: number, { first, longest }: Retries): number {
  return Math.round(Math.min(longest, Math.max(first, age / 2)));
}

/** How long a message waits that was not tried because there is too much to do: whole milliseconds. */
export function waitForTurn(age: number, least: number, longest: number): number {
  return Math.round(Math.max(least, Math.min(longest, age / 4)));
}

/** How long a message waits after a fault. @param faults how many there were, this one included */
export function waitAfterFault(faults: number, { firstFault }: Retries): number {
  return Math.min(longestFaultWait, firstFault * 2 ** (faults - 1));
}

/** How long that many faults have held a message up altogether. */
export function heldUpBy(faults: number, retries: Retries): number {
  return Array.from({ length: faults }, (_, before) => waitAfterFault(before + 1, retries)).reduce((a, b) => a + b, 0);
}

/** Whether faults have held a message up for so long that an operator has to look at it. @param faults this one included */
export function isFrozenBy(faults: number, retries: Retries): boolean {
  return faults >= retries.mostFaults || heldUpBy(faults, retries) > retries.maxDefer;
}

/** Whether faults have held a message up for as long as this binding allows. @param faults those before */
export function hasWaited({ maxDefer }: Pick<Binding, 'maxDefer'>, faults: number, retries: Retries): boolean {
  return heldUpBy(faults, retries) >= (maxDefer ?? retries.maxDefer);
}

/** Whether a message goes on without a binding that failed once more. @param faults those before */
export function isSentWithout(binding: Binding, faults: number, retries: Retries): boolean {
  return binding.afterMaxDefer === 'send-unedited' && hasWaited(binding, faults, retries);
}

/** Whether a message has been deferred for so long that it is given up; the time faults cost does not count. */
export function isExpired(age: number, faults: number, retries: Retries): boolean {
  return age - heldUpBy(faults, retries) >= retries.expiry;
}

/** One timer that rings at the earliest instant it was set to. */
export type Alarm = Disposable & {
  /** @param at epoch milliseconds; later than what it is set to already changes nothing */
  set(at: number): void;
};

/** What `setTimeout` takes; a later instant rings early and is set again by who was woken for nothing. */
const longestTimer = 2 ** 31 - 1;

/** @param ring called once for each time it rings; it is not set to anything then */
export function createAlarm(now: () => number, ring: () => void): Alarm {
  let timer: NodeJS.Timeout | null = null;
  let earliest = Infinity;

  function clear(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    earliest = Infinity;
  }

  return {
    set(at) {
      if (at >= earliest) return;
      clear();
      earliest = at;
      timer = setTimeout(
        () => {
          clear();
          ring();
        },
        Math.min(longestTimer, Math.max(0, at - now())),
      );
    },
    [Symbol.dispose]: clear,
  };
}
