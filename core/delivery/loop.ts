import { asFault, type Fault } from '../errors.ts';
import type { QueuedMessage } from '../queue/queue.ts';
import { createHandOver, type HandOver } from './hand-over.ts';
import type { DeliveryOptions } from './options.ts';
import type { DeliveryParts } from './parts.ts';
import { createReleases, type Releases } from './releases.ts';
import { createRound, type Round } from './round.ts';
import { createAlarm, type Alarm } from './schedule.ts';
import { createTasks, type Tasks } from './tasks.ts';
import { tellDue } from './tells.ts';
import { workOn } from './work.ts';

/** The shortest time to the next claim when something is said to be due already: no spinning, whatever happens. */
const pause = 20;

/**
 * Keeps as many messages under way as may be, and forgets none it has claimed. There is no polling: a message comes
 * from `take`, from a claim while the queue holds more than fits in memory, or when the alarm set to the next due
 * instant rings.
 */
export class DeliveryLoop implements AsyncDisposable {
  readonly #parts: DeliveryParts;
  readonly #options: DeliveryOptions;
  readonly #hand: HandOver;
  readonly #releases: Releases;
  readonly #tasks: Tasks = createTasks();
  readonly #alarm: Alarm;
  readonly #claims: Round;
  readonly #tells: Round;
  readonly #cutOff = new AbortController();
  #isStopping = false;
  /** Whether the queue holds messages that are older than those coming in. */
  #isBehind = false;

  constructor(parts: DeliveryParts, options: DeliveryOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#hand = createHandOver(options);
    this.#releases = createReleases(parts.queue);
    this.#alarm = createAlarm(
      () => parts.now(),
      () => this.wake(),
    );
    const { track } = this.#tasks;
    const ended = (isDone: boolean, fault: Fault | null): void => this.#roundEnded(isDone, fault);
    this.#claims = createRound({ run: () => this.#claim(), mayRun: () => this.#mayClaim(), ended, track });
    this.#tells = createRound({ run: () => tellDue(parts), mayRun: () => !this.#isStopping, ended, track });
  }

  take(message: QueuedMessage): void {
    if (!this.#isStopping && !this.#isBehind && this.#hand.hasRoomFor(message)) {
      this.#hand.put(message);
      this.#pump();
      return;
    }
    this.#isBehind = true;
    this.#tasks.track(this.#releases.release([message]));
    this.#claims.request();
  }

  wake(): void {
    this.#claims.request();
    this.#tells.request();
  }

  get status() {
    return { waiting: this.#hand.waiting, working: this.#hand.working };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#alarm[Symbol.dispose]();
    this.#tasks.track(this.#releases.release(this.#hand.drain()));
    await this.#tasks.settle(this.#options.grace);
    // What sinks answer from here on is not to be believed: their host is going.
    this.#cutOff.abort();
  }

  #pump(): void {
    if (this.#isStopping) return;
    for (let message = this.#hand.next(); message !== null; message = this.#hand.next())
      this.#tasks.track(this.#work(message));
    this.#claims.poke();
    this.#tells.poke();
  }

  async #work(message: QueuedMessage): Promise<void> {
    try {
      const { reports, tells, until } = await workOn(this.#parts, message, this.#options.retries, this.#cutOff.signal);
      if (reports > 0) this.#claims.request();
      if (tells > 0) this.#tells.request();
      if (until !== null) this.#setAlarm(until);
    } catch (thrown) {
      await this.#giveBack(message, asFault(thrown));
    }
    this.#hand.finish(message);
    this.#pump();
  }

  /** The queue could not write down what became of it; or somebody else has it, and then it is no longer ours. */
  async #giveBack(message: QueuedMessage, fault: Fault): Promise<void> {
    if (fault.code === 'queue.fence' || this.#cutOff.signal.aborted) return;
    const { id, traceId } = message;
    this.#parts.log.error({ fault, message: id, traceId }, 'message given back to the queue');
    await this.#releases.release([message]);
    this.#setAlarm(this.#restEnds());
  }

  /** While many are under way, a claim would only fill memory. */
  #mayClaim(): boolean {
    return !this.#isStopping && this.#hand.waiting + this.#hand.working <= this.#options.concurrency / 2;
  }

  async #claim(): Promise<boolean> {
    this.#isBehind = false;
    await this.#releases.retry();
    const limit = this.#options.concurrency;
    const claimed = await this.#parts.queue.claim(limit);
    for (const message of claimed) this.#hand.put(message);
    if (claimed.length === limit) this.#isBehind = true;
    if (this.#isStopping) await this.#releases.release(this.#hand.drain());
    return this.#isBehind;
  }

  #roundEnded(isDone: boolean, fault: Fault | null): void {
    if (fault) this.#parts.log.error({ fault }, 'the queue cannot be asked for what is due');
    if (fault || this.#releases.left > 0) this.#setAlarm(this.#restEnds());
    if (isDone && !fault) this.#tasks.track(this.#alarmAtNextDue());
    this.#pump();
  }

  async #alarmAtNextDue(): Promise<void> {
    const next = await this.#parts.queue.nextDue().catch(() => this.#restEnds());
    if (next !== null) this.#setAlarm(Math.max(next, this.#parts.now() + pause));
  }

  #restEnds(): number {
    return this.#parts.now() + this.#options.rest;
  }

  #setAlarm(at: number): void {
    if (!this.#isStopping) this.#alarm.set(at);
  }
}
