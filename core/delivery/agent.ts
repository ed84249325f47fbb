import { setMaxListeners } from 'node:events';
import { createControl, giveUpByHand, type OutboundControl } from './control.ts';
import { DeliveryLoop } from './loop.ts';
import { deliveryDefaults, type DeliveryOptions } from './options.ts';
import type { DeliveryParts } from './parts.ts';
import type { QueuedMessage } from '../queue/queue.ts';

export { deliveryDefaults, type DeliveryOptions } from './options.ts';
export type { DeliveryParts, SendingPolicy } from './parts.ts';

/** Delivery at work. Disposing of it finishes what is under way, within the grace, and gives the rest back. */
export type Delivery = AsyncDisposable & {
  /** Takes over a message the queue has just accepted. What there is no room for is found in the queue later. */
  take(message: QueuedMessage): void;
  /** Something in the queue may be due that delivery does not know of: an operator let a message go on. */
  wake(): void;
  readonly destinations: OutboundControl;
  /**
   * Gives a message up for an operator: those it is still to go to are reported to the reverse-path.
   *
   * @returns false when there is no such message
   */
  giveUp(id: number): Promise<boolean>;
  /** Messages waiting in memory, and messages being worked on. */
  readonly status: { readonly waiting: number; readonly working: number };
};

/**
 * Starts taking messages from the queue to where they belong, those first that an earlier process left. Directory and
 * bindings have to be what the configuration says by now: mail would pass its sinks and find no mailbox.
 */
export async function startDelivery(
  given: Omit<DeliveryParts, 'isFrozen' | 'stopping'>,
  options: DeliveryOptions = deliveryDefaults,
): Promise<Delivery> {
  const frozen = new Set(await given.queue.destinations.frozen());
  const stop = new AbortController();
  // One listener for each message that waits.
  setMaxListeners(0, stop.signal);
  const parts = { ...given, stopping: stop.signal, isFrozen: (name: string) => frozen.has(name) };
  const loop = new DeliveryLoop(parts, options);
  loop.wake();
  return {
    take: (message) => loop.take(message),
    wake: () => loop.wake(),
    destinations: createControl(parts, { frozen, wake: () => loop.wake() }),
    giveUp: async (id) => await giveUpByHand(parts, id),
    get status() {
      return loop.status;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await loop[Symbol.asyncDispose]();
    },
  };
}
