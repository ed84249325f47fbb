import { DeliveryLoop } from './loop.ts';
import { deliveryDefaults, type DeliveryOptions } from './options.ts';
import type { DeliveryParts } from './parts.ts';
import type { QueuedMessage } from '../queue/queue.ts';

export { deliveryDefaults, type DeliveryOptions, type Retries } from './options.ts';
export type { DeliveryParts, OpenedMessage } from './parts.ts';

/** Delivery at work. Disposing of it finishes what is under way, within the grace, and gives the rest back. */
export type Delivery = AsyncDisposable & {
  /** Takes over a message the queue has just accepted. What there is no room for is found in the queue later. */
  take(message: QueuedMessage): void;
  /** Something in the queue may be due that delivery does not know of: at the start, or when an operator let it go on. */
  wake(): void;
  /** Messages waiting in memory, and messages being worked on. */
  readonly status: { readonly waiting: number; readonly working: number };
};

/**
 * Starts taking messages from the queue to where they belong. What an earlier process left there is looked for from the
 * first `wake` on: before that, directory and bindings have to be what the configuration says, or it would go wrong.
 */
export function startDelivery(parts: DeliveryParts, options: DeliveryOptions = deliveryDefaults): Delivery {
  return new DeliveryLoop(parts, options);
}
