import type { Queue, QueuedMessage } from '../queue/queue.ts';

/** Gives claims back to the queue. */
export type Releases = {
  /** Never rejects: what could not be given back is kept for `retry`. */
  release(messages: readonly QueuedMessage[]): Promise<void>;
  retry(): Promise<void>;
  /** How many wait for it. */
  readonly left: number;
};

export function createReleases(queue: Queue): Releases {
  let left: readonly QueuedMessage[] = [];

  async function release(messages: readonly QueuedMessage[]): Promise<void> {
    const released = await Promise.allSettled(messages.map((message) => queue.release(message)));
    left = [...left, ...messages.filter((_, at) => released[at]?.status === 'rejected')];
  }

  return {
    release,
    async retry() {
      const again = left;
      left = [];
      await release(again);
    },
    get left() {
      return left.length;
    },
  };
}
