import { Fault, type FaultCode } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { Batches, type Batch } from './batch.ts';
import { blame, charge, wasStarved } from './blame.ts';
import { encodeRun, type Done } from './bridge.ts';
import type { PendingCall } from './call.ts';
import { limits } from './capabilities/limits.ts';
import type { LimitHit } from './contract.ts';
import { Cost } from './cost.ts';
import type { Outcome } from './frames.ts';
import { createIntake } from './intake.ts';
import { readOutbox } from './outbox.ts';
import { createStackReader } from './stack.ts';
import type { Host } from './supervisor.ts';

export type TenantParts = {
  readonly number: number;
  readonly id: string;
  /** The body of its `open` frame. */
  readonly opening: Buffer;
  readonly map: string;
  readonly limits: Limits;
  /** It has something to send. */
  readonly onReady: (tenant: Tenant) => void;
  /** A host has answered one of its frames. */
  readonly onAnswered: (host: Host) => void;
  /** A limit was met no single event is known to have met. */
  readonly onLimit: (hit: LimitHit) => void;
  /** A line of log no single event wrote. */
  readonly onLog: (level: string, text: string) => void;
  /** Its host is gone, and it was the cause. */
  readonly onStruck: (tenant: Tenant) => void;
};

/** How often one call is started, whatever the reason. */
const maxRuns = 4 * limits.replays;

/** One isolate, wherever it runs: its calls, and the frames that carry them. */
export class Tenant {
  readonly number: number;
  readonly id: string;
  readonly opening: Buffer;
  /** How often loading it ended a host; after the second time it is not loaded again. */
  loadKills = 0;
  /** It ended a host: it runs in the penalty host. */
  isStruck = false;
  /** It has read the octets of a message: they are sent to its host along with the event. */
  readsOctets = false;
  /** Settled once it is closing and its last call is answered. */
  readonly drained = Promise.withResolvers<void>();
  isClosing = false;
  readonly #calls = new Map<number, PendingCall>();
  /** Frames its isolate has lived through: who has some is served before who has none when a host was lost. */
  answered = 0;
  readonly cost = new Cost();
  readonly #parts: TenantParts;
  readonly #batches = new Batches();
  readonly #intake;
  readonly #stack;
  #framesOut = 0;
  #isBuilt = true;

  constructor(parts: TenantParts) {
    this.#parts = parts;
    this.number = parts.number;
    this.id = parts.id;
    this.opening = parts.opening;
    this.#stack = createStackReader(parts.map);
    this.#intake = createIntake({
      ...parts,
      calls: this.#calls,
      stack: this.#stack,
      onReply: (call, text) => {
        this.#batches.add(call, text);
        parts.onReady(this);
      },
      faultOf: (code, call, context) => this.#faultOf(code, call, context),
    });
  }

  /** Calls that are not settled. */
  get calls(): ReadonlyMap<number, PendingCall> {
    return this.#calls;
  }

  /** Whether a host works for it at this moment. */
  get isOut(): boolean {
    return this.#framesOut > 0;
  }

  /** Whether its isolate has begun something it has not ended. */
  get isUnderWay(): boolean {
    return this.isOut || this.#calls.values().some(({ frame }) => frame > 0);
  }

  add(call: PendingCall): void {
    this.#calls.set(call.id, call);
    this.#batches.start(call);
    this.#parts.onReady(this);
  }

  /** Forgets a settled call, and tells the isolate when that still works on it. */
  remove(call: PendingCall): void {
    this.#calls.delete(call.id);
    if (call.frame > 0) {
      this.#batches.forget(call);
      this.#parts.onReady(this);
    }
    if (this.isClosing && this.#calls.size === 0) this.drained.resolve();
  }

  /** Takes no more calls. @returns when the last one is settled */
  async close(): Promise<void> {
    this.isClosing = true;
    if (this.#calls.size === 0) this.drained.resolve();
    await this.drained.promise;
    this.#intake.end();
  }

  /** Faults every call. */
  fail(code: FaultCode, context?: Fault['context']): void {
    for (const call of this.#calls.values()) call.fail(this.#faultOf(code, call, context));
    this.#batches.clear();
  }

  /** Faults every call whose deadline is over. */
  expire(now: number): void {
    for (const call of this.#calls.values())
      if (call.until < now)
        call.fail(this.#faultOf('sandbox.deadline', call, { limit: 'wall', allowed: call.parts.deadline }));
  }

  /**
   * Sends one frame of what waits, within the bound of frames that are out.
   *
   * @param quantum milliseconds of CPU it is to take, about
   * @returns whether it could send another one
   */
  sendOne(host: Host, quantum: number): boolean {
    if (this.#framesOut >= limits.framesOut) return false;
    const batch = this.#batches.take(this.cost.fit(quantum));
    if (batch.text !== '') this.#send(host, batch);
    return !this.#batches.isEmpty && this.#framesOut < limits.framesOut;
  }

  /** Its host is gone: what was sent waits again, for another host. */
  restart(): void {
    this.#isBuilt = true;
    this.#restart([...this.#calls.values()].filter(({ frame }) => frame > 0));
  }

  #send(host: Host, batch: Batch): void {
    const { touched, text } = batch;
    for (const { body } of touched) {
      if (!body || !this.readsOctets || host.bodies.has(body.number)) continue;
      host.bodies.set(body.number, body.octets.length);
      host.tell('octets', body.number, body.octets);
    }
    const slice = Math.max(1, ...touched.map(({ cpu }) => cpu));
    const wall = slice + limits.grace + (this.#isBuilt ? 0 : 4 * limits.load);
    const expected = this.cost.expect(batch.size);
    this.#framesOut += 1;
    host.load += expected;
    const frame = host.ask('run', encodeRun({ tenant: this.number, slice, text }), {
      wall,
      who: this.id,
      settle: (outcome) => {
        this.#framesOut -= 1;
        host.load -= expected;
        if (outcome.kind === 'done') this.cost.learn(batch.size, expected, outcome.cpu / 1000);
        this.#settle(frame, touched, outcome);
        this.#parts.onAnswered(host);
      },
    });
    for (const call of touched) call.frame = frame;
  }

  #settle(frame: number, touched: readonly PendingCall[], outcome: Outcome): void {
    if (outcome.kind === 'lost') {
      if (!outcome.isCulprit) return;
      this.#failSent('sandbox.killed');
      this.#parts.onStruck(this);
      return;
    }
    if (outcome.status === 'unbuilt') {
      const error = this.#stack.read(outcome.text).text;
      for (const call of touched) call.fail(this.#faultOf('sandbox.load', call, { error }));
    } else {
      this.#settleRun(frame, touched, outcome);
    }
    if (!this.#batches.isEmpty) this.#parts.onReady(this);
  }

  #settleRun(frame: number, touched: readonly PendingCall[], done: Done): void {
    const items = readOutbox(done.text);
    const size = done.text.length / Math.max(1, items?.length ?? 0);
    for (const item of items ?? []) this.#intake.take(item, touched, size);
    for (const call of charge(touched, done.cpu))
      call.fail(this.#faultOf('sandbox.cpu', call, { limit: 'cpu', allowed: call.cpu }));
    if (done.status !== 'ok' || !items) this.#loseIsolate(frame, touched, done);
    else {
      this.#isBuilt = true;
      this.answered += 1;
    }
  }

  /** The isolate is gone with everything it had begun. Only a call that was alone in its frame is to blame. */
  #loseIsolate(frame: number, touched: readonly PendingCall[], done: Done): void {
    this.#isBuilt = false;
    const suspects = touched.filter(({ isSettled }) => !isSettled);
    const [only] = suspects;
    for (const call of suspects) call.isAlone = true;
    if (only && suspects.length === 1 && !wasStarved(only, done)) {
      only.frame = 0;
      const [code, context] = blame(done, this.#parts.limits, only.cpu);
      only.fail(this.#faultOf(code, only, context));
    }
    this.#restart([...this.#calls.values()].filter((call) => call.frame > 0 && call.frame <= frame));
  }

  /** Starts calls again that an isolate forgot; one that was lost too often is not started any more. */
  #restart(lost: readonly PendingCall[]): void {
    for (const call of lost) {
      call.frame = 0;
      if (call.runs > maxRuns) call.fail(this.#faultOf('sandbox.killed', call));
    }
    this.#batches.restart(lost.filter(({ isSettled }) => !isSettled));
    if (!this.#batches.isEmpty) this.#parts.onReady(this);
  }

  #failSent(code: FaultCode): void {
    for (const call of this.#calls.values()) {
      if (call.frame === 0) continue;
      call.frame = 0;
      call.fail(this.#faultOf(code, call));
    }
  }

  #faultOf(code: FaultCode, { event }: { readonly event: string }, context: Fault['context'] = {}): Fault {
    return new Fault(code, { sink: this.id, event, ...context });
  }
}
