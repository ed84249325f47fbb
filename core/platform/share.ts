import { specOf } from '../../sdk/catalogue.ts';
import { Fault } from '../errors.ts';
import type { CallSink } from '../events/dispatch.ts';

/** `most`: calls of one binding under way; `patience`: milliseconds a call waits for one of them to end. */
export type Share = { readonly most: number; readonly patience: number };

/** What one binding may have under way, of messages that are delivered and of sessions. */
export type Shares = { readonly queue: Share; readonly session: Share };

/** A quarter of what delivery works on at a time; a tenth of what may wait in the whole sandbox. */
const fairShares: Shares = { queue: { most: 64, patience: 1_000 }, session: { most: 2_000, patience: 1_000 } };

/** `isStuck`: a call waited in vain, and none has ended since. */
type Lane = { out: number; isStuck: boolean; readonly waiting: Set<() => void> };

/**
 * Keeps one slow sink from holding all of delivery, or the memory of the sandbox: what finds no place in time is a Fault
 * `sandbox.busy`, its message waits in the queue, and a session is answered as the binding's `onFault` says. The two
 * do not take places from each other.
 */
export function shareCalls(callSink: CallSink, shares: Shares = fairShares): CallSink {
  const lanes = new Map<string, Lane>();

  return async (call) => {
    const { from, kind } = specOf(call.event);
    if (kind !== 'ask') return await callSink(call);
    const source = from.includes('queue') ? 'queue' : 'session';
    const { most, patience } = shares[source];
    const sink = call.binding.key;
    const key = `${source} ${sink}`;
    const lane = lanes.get(key) ?? { out: 0, isStuck: false, waiting: new Set() };
    lanes.set(key, lane);
    if (lane.out < most) lane.out += 1;
    else if (lane.isStuck || !(await hasTurn(lane, patience))) throw new Fault('sandbox.busy', { sink });
    try {
      return await callSink(call);
    } finally {
      leave(lane);
      if (lane.out === 0) lanes.delete(key);
    }
  };
}

/** @returns false when it waited in vain */
function hasTurn(lane: Lane, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      lane.waiting.delete(go);
      lane.isStuck = true;
      resolve(false);
    }, patience);
    const go = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    lane.waiting.add(go);
  });
}

/** The one that waits longest takes over the place. */
function leave(lane: Lane): void {
  const [next] = lane.waiting;
  lane.isStuck = false;
  if (next === undefined) lane.out -= 1;
  else if (lane.waiting.delete(next)) next();
}
