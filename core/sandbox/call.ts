import type { Fault } from '../errors.ts';
import type { Body } from './bodies.ts';
import { createMemo, type HostFunction, type Memo } from './replay.ts';

/** One event for one sink, until it is answered. */
export type PendingCall = {
  readonly id: number;
  readonly event: string;
  /** What the isolate gets: JSON. */
  readonly item: string;
  /** Milliseconds of CPU it may use. */
  readonly cpu: number;
  /** When its deadline is, on the clock of `performance.now`. */
  readonly until: number;
  readonly body: Body | null;
  readonly memo: Memo;
  readonly host: HostFunction;
  readonly isSettled: boolean;
  /** Number of the frame that carried it last; 0 while it waits to be sent. */
  frame: number;
  /** How often it was started. */
  runs: number;
  /** It shared a frame that timed out: from now on it travels alone, so that only the guilty one is faulted. */
  isAlone: boolean;
  /** Microseconds of CPU so far. */
  used: number;
  /** Host calls made, and those without an answer yet, in this run. */
  made: number;
  inFlight: number;
  /** Settles it; only the first time counts. */
  readonly answer: (value: unknown) => void;
  readonly fail: (fault: Fault) => void;
};

type Parts = Pick<PendingCall, 'id' | 'event' | 'item' | 'cpu' | 'until' | 'body' | 'host'> & {
  readonly answer: (value: unknown) => void;
  readonly fail: (fault: Fault) => void;
  /** Comes once, before the answer is handed on. */
  readonly onSettled: (call: PendingCall) => void;
};

export function createCall({ answer, fail, onSettled, ...parts }: Parts): PendingCall {
  let isSettled = false;
  const settle = (then: () => void): void => {
    if (isSettled) return;
    isSettled = true;
    onSettled(call);
    then();
  };
  const call: PendingCall = {
    ...parts,
    memo: createMemo(parts.host),
    get isSettled() {
      return isSettled;
    },
    frame: 0,
    runs: 0,
    isAlone: false,
    used: 0,
    made: 0,
    inFlight: 0,
    answer: (value) => settle(() => answer(value)),
    fail: (fault) => settle(() => fail(fault)),
  };
  return call;
}
