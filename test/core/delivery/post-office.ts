import { expect } from 'vitest';
import { next, type Decision } from '../../../sdk/decisions.ts';
import { minute } from '../../../sdk/durations.ts';
import {
  deliveryDefaults,
  startDelivery,
  type Delivery,
  type DeliveryOptions,
  type DeliveryParts,
  type SendingPolicy,
} from '../../../core/delivery/agent.ts';
import { relayOptions, retryOptions, type RetryOptions } from '../../../core/relay/options.ts';
import { createRelay, plainRoute, type Relay } from '../../../core/relay/relay.ts';
import { openDirectory, type Directory, type Domain } from '../../../core/directory/directory.ts';
import type { Binding } from '../../../core/events/binding.ts';
import { createDispatcher, type CallSink } from '../../../core/events/dispatch.ts';
import { createGeneration } from '../../../core/events/generation.ts';
import { openEditable } from '../../support/editables.ts';
import type { QueuedMessage, Submission } from '../../../core/queue/queue.ts';
import type { Log, TraceEntry } from '../../../core/telemetry/telemetry.ts';
import { bindingOf } from '../../support/bindings.ts';
import { engines, openHouse, silent, type House } from '../database/engines.ts';
import { submission } from '../queue/submissions.ts';

type Call = Parameters<CallSink>[0];
/** What sinks answer: by the event, the trace id and how often this sink was asked about it. */
export type Answer = (call: Call, attempt: number) => Decision | undefined | Promise<Decision | undefined>;

export type PostOffice = AsyncDisposable & {
  readonly house: House;
  readonly delivery: Delivery;
  readonly calls: readonly Call[];
  readonly trace: readonly TraceEntry[];
  readonly warnings: readonly string[];
  readonly directory: Directory;
  /** Hands a message to queue and delivery as a protocol does. */
  send(change?: Partial<Submission>): Promise<QueuedMessage>;
  /** The messages in a user's mailbox, whole, in order. */
  mail(user?: string): Promise<readonly string[]>;
  /** Waits until nothing in the queue moves any more. @returns what is held */
  quiet(): Promise<readonly QueuedMessage[]>;
  /** Stops delivery and database and starts both on the same folder. */
  restart(): Promise<PostOffice>;
};

/** Retries that come at once: what is tested is that they come. */
export const hasty: DeliveryOptions = {
  ...deliveryDefaults,
  rest: 1,
  retries: { ...deliveryDefaults.retries, first: 1, longest: 1, firstFault: 1, maxDefer: minute, mostFaults: 3 },
};

export type OfficeOptions = {
  readonly answer?: Answer;
  readonly bindings?: readonly Binding[];
  readonly options?: DeliveryOptions;
  readonly users?: readonly string[];
  readonly house?: House;
  readonly relay?: Relay;
  readonly routeTo?: DeliveryParts['routeTo'];
  readonly retry?: Partial<RetryOptions>;
  readonly policy?: Partial<SendingPolicy>;
  /** A DNS server; the system's when left out. */
  readonly dns?: string;
  readonly domains?: readonly Domain[];
  /** What delivery sees of the house, if not all of it works. */
  readonly seen?: (house: House) => Pick<House, 'queue' | 'delivery'>;
};

export const sinkFor = (...events: readonly string[]): Binding => bindingOf({ events }, { events });
const engine = engines[0]!;
const systemClock = { now: () => Date.now(), advance: () => undefined };

/** Whether it will go on without an operator. */
export const isMoving = ({ state }: QueuedMessage): boolean => state === 'accepted' || state === 'arrived';

/** Queue, store, directory, dispatcher, message and S/MIME rooms as they are; only the sandbox is a function. */
export async function openOffice(given: OfficeOptions = {}): Promise<PostOffice> {
  const {
    answer = () => undefined,
    bindings = [sinkFor('onArrival')],
    options = hasty,
    users = ['ann', 'bob'],
  } = given;
  const house = given.house ?? (await openHouse(engine, { clock: systemClock }));
  const seen = given.seen?.(house) ?? house;
  const calls: Call[] = [];
  const trace: TraceEntry[] = [];
  const warnings: string[] = [];
  const attempts = new Map<string, number>();
  const record = (entry: TraceEntry): void => void trace.push(entry);
  const callSink: CallSink = async (call) => {
    const key = `${call.event} ${call.traceId}`;
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
    calls.push(call);
    return (await answer(call, attempts.get(key) ?? 1)) ?? next();
  };
  const directory = openDirectory(house.database, { hashPassword: async (password) => password });
  await directory.sync(given.domains ?? [{ name: 'example.test', users }]);
  const generation = createGeneration(1, bindings, () => undefined);
  const note = (_: object, text: string): void => void warnings.push(text);
  const log: Log = { ...silent, warn: note, error: note };
  let ids = 0;
  const relay =
    given.relay ??
    createRelay({
      options: () => relayOptions.parse({ dns: { servers: given.dns === undefined ? [] : [given.dns] } }),
      isOurs: () => false,
      now: Date.now,
      random: Math.random,
      randomId: () => 'session',
    });
  const delivery = await startDelivery(
    {
      queue: seen.queue,
      content: house.database.content,
      directory,
      dispatcher: createDispatcher({ callSink, record, now: Date.now }),
      generation: () => generation,
      operations: seen.delivery,
      relay,
      routeTo: given.routeTo ?? (() => ({ route: plainRoute, retry: null })),
      policyOf: () => ({
        retry: { ...retryOptions.parse({}), ...given.retry },
        maxHops: 20,
        reportCopyTo: null,
        masquerade: null,
        ...given.policy,
      }),
      openEditable: async (octets, id) => openEditable(octets, id),
      hostname: () => 'mail.example.test',
      log,
      record,
      now: Date.now,
      randomId: () => `made${(ids += 1)}`,
    },
    options,
  );

  return {
    house,
    delivery,
    calls,
    trace,
    warnings,
    directory,
    async send(change) {
      const message = await house.queue.accept(submission(change));
      delivery.take(message);
      return message;
    },
    async mail(user = 'bob') {
      const mailbox = `${user}@example.test/INBOX`;
      const all = (await house.store.list(mailbox)).map(({ uid }) => house.store.octets(mailbox, uid));
      return (await Promise.all(all)).map((octets) => Buffer.from(octets).toString('latin1'));
    },
    async quiet() {
      await expect
        .poll(async () => (await house.queue.list()).filter(isMoving).length, { timeout: 20_000, interval: 5 })
        .toBe(0);
      await expect.poll(() => house.queue.nextDue(), { timeout: 20_000, interval: 5 }).toBe(null);
      return await house.queue.list();
    },
    async restart() {
      await delivery[Symbol.asyncDispose]();
      return await openOffice({ ...given, house: await house.restart(`after-${process.hrtime.bigint()}`) });
    },
    async [Symbol.asyncDispose]() {
      await delivery[Symbol.asyncDispose]();
      relay[Symbol.dispose]();
      await house[Symbol.asyncDispose]();
    },
  };
}
