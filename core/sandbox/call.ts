import type { Fault } from '../errors.ts';
import type { Body } from './bodies.ts';
import type { SinkCall } from './contract.ts';
import { createMemo, type HostFunction, type Memo } from './replay.ts';

export type CallParts = {
  readonly id: number;
  readonly event: string;
  /** What the isolate gets: JSON. */
  readonly item: string;
  /** Milliseconds of CPU it may use. */
  readonly cpu: number;
  /** When its deadline is, on the clock of `performance.now`. */
  readonly until: number;
  /** Milliseconds from its start to then. */
  readonly deadline: number;
  readonly body: Body | null;
  readonly host: HostFunction;
  readonly onLimit: SinkCall['onLimit'];
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: Fault) => void;
  /** Comes once, before the answer is handed on. */
  readonly onSettled: (call: PendingCall) => void;
};

/** One event for one sink, until it is answered. There are very many of these: a class, and nothing made early. */
export class PendingCall {
  readonly id: number;
  readonly event: string;
  readonly item: string;
  readonly cpu: number;
  readonly until: number;
  /** Milliseconds from its start to then. */
  readonly deadline: number;
  readonly body: Body | null;
  readonly host: HostFunction;
  readonly onLimit: SinkCall['onLimit'];
  /** Number of the frame that carried it last; 0 while it waits to be sent, and once the isolate is done with it. */
  frame = 0;
  /** How often it was started. */
  runs = 0;
  /** It shared a frame that timed out: from now on it travels alone, so that only the guilty one is faulted. */
  isAlone = false;
  /** Microseconds of CPU so far. */
  used = 0;
  /** Host calls made, and those without an answer yet, in this run. */
  made = 0;
  inFlight = 0;
  /** Characters of host calls, in this run. */
  sent = 0;
  isSettled = false;
  #memo: Memo | null = null;
  readonly #parts: CallParts;

  constructor(parts: CallParts) {
    this.id = parts.id;
    this.event = parts.event;
    this.item = parts.item;
    this.cpu = parts.cpu;
    this.until = parts.until;
    this.deadline = parts.deadline;
    this.onLimit = parts.onLimit;
    this.body = parts.body;
    this.host = parts.host;
    this.#parts = parts;
  }

  /** What its host calls were answered, in all runs. */
  get memo(): Memo {
    return (this.#memo ??= createMemo(this.host));
  }

  /** Settles it; only the first time counts. */
  answer(value: unknown): void {
    if (this.#settle()) this.#parts.resolve(value);
  }

  fail(fault: Fault): void {
    if (this.#settle()) this.#parts.reject(fault);
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.#parts.onSettled(this);
    return true;
  }
}
