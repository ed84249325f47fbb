import type { Done } from './bridge.ts';

/** How a request to a host ended: it was answered, or its host is gone and it was (or was not) the first in line. */
export type Outcome = ({ readonly kind: 'done' } & Done) | { readonly kind: 'lost'; readonly isCulprit: boolean };

/** A request that waits for its answer. */
export type Sent = {
  /** Milliseconds the host may take for it, counted from when everything before it was answered. */
  readonly wall: number;
  /** The tenant it is for. */
  readonly who: string;
  settle(outcome: Outcome): void;
};

/**
 * The requests of one host, in the order they were sent, which is the order they are answered in. So the first one
 * without an answer is what the host is busy with, and the only one the acknowledgement clock runs for.
 */
export type FrameLog = {
  readonly size: number;
  add(number: number, sent: Sent, now: number): void;
  /** @throws RangeError when that is not the number whose turn it is: the host breaks the protocol */
  answer(number: number, done: Done, now: number): void;
  /** What is overdue: for how long the first request is the first, and how long it may be; null when nothing waits. */
  first(now: number): (Pick<Sent, 'wall' | 'who'> & { readonly number: number; readonly waited: number }) | null;
  /** The host is gone: settles everything. @param isGuilty whether a request was the cause */
  lose(isGuilty: (sent: Sent, isFirst: boolean) => boolean): void;
};

export function createFrameLog(): FrameLog {
  const waiting = new Map<number, Sent>();
  let since = 0;
  const head = (): readonly [number, Sent] | undefined => waiting.entries().next().value;

  return {
    get size() {
      return waiting.size;
    },
    add(number, sent, now) {
      if (waiting.size === 0) since = now;
      waiting.set(number, sent);
    },
    answer(number, done, now) {
      const first = head();
      if (first?.[0] !== number) throw new RangeError(`answer ${number} is out of turn`);
      waiting.delete(number);
      since = now;
      first[1].settle({ kind: 'done', ...done });
    },
    first(now) {
      const first = head();
      if (!first) return null;
      const [number, { wall, who }] = first;
      return { number, waited: now - since, wall, who };
    },
    lose(isGuilty) {
      const lost = [...waiting.values()];
      waiting.clear();
      for (const [at, sent] of lost.entries()) sent.settle({ kind: 'lost', isCulprit: isGuilty(sent, at === 0) });
    },
  };
}
