import type { Delivery } from '../delivery/agent.ts';
import type { Queue } from '../queue/queue.ts';

/** Delivery, from before it runs until it has stopped: mail is accepted all the while. */
export type Delivering = AsyncDisposable & {
  /** Takes a message into the queue, and hands it to delivery at once when that runs. */
  readonly accept: Queue['accept'];
  /** Starts delivery, the first time. */
  start(): Promise<void>;
  /** Null before it runs: what was accepted until then waits in the queue. */
  readonly delivery: () => Delivery | null;
};

/** @param open starts delivery, once */
export function createDelivering(queue: Pick<Queue, 'accept'>, open: () => Promise<Delivery>): Delivering {
  let delivery: Delivery | null = null;
  return {
    async accept(submission) {
      const message = await queue.accept(submission);
      if (message.state === 'accepted') delivery?.take(message);
      return message;
    },
    async start() {
      delivery ??= await open();
    },
    delivery: () => delivery,
    async [Symbol.asyncDispose]() {
      await delivery?.[Symbol.asyncDispose]();
    },
  };
}
