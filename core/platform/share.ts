import { specOf } from '../../sdk/catalogue.ts';
import { Fault } from '../errors.ts';
import type { CallSink } from '../events/dispatch.ts';

/** `most`: calls of one binding under way; `patience`: milliseconds a call waits for one of them to end. */
export type Share = { readonly most: number; readonly patience: number };

/** A quarter of what delivery works on at a time. */
const fairShare: Share = { most: 64, patience: 1_000 };

/** `isStuck`: a call waited in vain, and none has ended since. */
type Lane = { out: number; isStuck: boolean; readonly waiting: Set<() => void> };

/**
 * Keeps one slow sink from holding all of delivery: what finds no place in time is a Fault `sandbox.busy`, and its
 * message waits in the queue, not in memory. A session waits for nobody but itself: its events are let through.
 */
export function shareCalls(callSink: CallSink, { most, patience }: Share = fairShare): CallSink {
  const lanes = new Map<string, Lane>();

  return async (call) => {
    const { from, kind } = specOf(call.event);
    if (kind !== 'ask' || !from.includes('queue')) return await callSink(call);
    const { key } = call.binding;
    const lane = lanes.get(key) ?? { out: 0, isStuck: false, waiting: new Set() };
    lanes.set(key, lane);
    if (lane.out < most) lane.out += 1;
    else if (lane.isStuck || !(await hasTurn(lane, patience))) throw new Fault('sandbox.busy', { sink: key });
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
