import type { Fault } from '../errors.ts';
import type { Body } from './bodies.ts';
import type { SinkCall } from './contract.ts';
import { Memo, type HostFunction } from './replay.ts';

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
  /** Comes once, before the answer is handed on. The same for all calls of a tenant: there are very many calls. */
  readonly onSettled: (call: PendingCall) => void;
};

/** One event for one sink, until it is answered. There are very many of these: a class, and nothing made early. */
export class PendingCall {
  readonly id: number;
  readonly until: number;
  readonly cpu: number;
  readonly parts: CallParts;
  /** The sink's answer, unchecked; rejects with the fault. */
  readonly answered: Promise<unknown>;
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
  #resolve: (value: unknown) => void = () => undefined;
  #reject: (fault: Fault) => void = () => undefined;

  constructor(parts: CallParts) {
    this.id = parts.id;
    this.until = parts.until;
    this.cpu = parts.cpu;
    this.parts = parts;
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get event(): string {
    return this.parts.event;
  }

  get body(): Body | null {
    return this.parts.body;
  }

  /** What its host calls were answered, in all runs. */
  get memo(): Memo {
    return (this.#memo ??= new Memo(this.parts.host));
  }

  /** Settles it; only the first time counts. */
  answer(value: unknown): void {
    if (this.#settle()) this.#resolve(value);
  }

  fail(fault: Fault): void {
    if (this.#settle()) this.#reject(fault);
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.parts.onSettled(this);
    return true;
  }
}
