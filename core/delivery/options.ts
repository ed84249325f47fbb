import { day, hour, minute, second } from '../../sdk/durations.ts';

/** How delivery goes about its work: durations in milliseconds, sizes in octets. */
export type DeliveryOptions = {
  /** Messages worked on at a time. */
  readonly concurrency: number;
  /** Content held in memory, of those worked on and those waiting for it. */
  readonly memory: number;
  /** How long a stop waits for what is being worked on. */
  readonly grace: number;
  /** How long the queue is left alone after it failed. */
  readonly rest: number;
  readonly retries: Retries;
};

/** When a message is tried again, and when it is given up. */
export type Retries = {
  /** The first wait after a sink deferred; each next one is half the message's age. */
  readonly first: number;
  readonly longest: number;
  /** Age at which a message that is only ever deferred is reported; waits that faults cost do not count. */
  readonly expiry: number;
  /** The first wait after a fault; it doubles. */
  readonly firstFault: number;
  /** How long faults may hold a message up before it is frozen. */
  readonly maxDefer: number;
  /** Faults after which it is frozen, however short the waits. */
  readonly mostFaults: number;
};

export const deliveryDefaults: DeliveryOptions = {
  concurrency: 256,
  memory: 64 * 2 ** 20,
  grace: 5 * second,
  rest: 5 * second,
  retries: {
    first: minute,
    longest: hour,
    expiry: 5 * day,
    firstFault: 5 * second,
    maxDefer: hour,
    mostFaults: 10,
  },
};
