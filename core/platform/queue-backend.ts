import type { Backend } from '../admin/admin.ts';
import type { Delivery } from '../delivery/agent.ts';
import type { Directory } from '../directory/directory.ts';
import { Fault } from '../errors.ts';
import type { Queue } from '../queue/queue.ts';

type QueueParts = {
  readonly queue: Queue;
  readonly outbound: () => Delivery | null;
  readonly directory: Pick<Directory, 'aliases' | 'isLocalDomain'>;
};

type Answers = Pick<
  Backend,
  | 'freeze'
  | 'bounce'
  | 'destinations'
  | 'freezeDestination'
  | 'thawDestination'
  | 'retryDestination'
  | 'aliases'
  | 'setAlias'
  | 'removeAlias'
>;

/** Answers operators about the queue, its destinations and the aliases kept in the database. */
export function queueBackend({ queue, outbound, directory }: QueueParts): Answers {
  const running = (): Delivery => {
    const delivery = outbound();
    if (delivery === null) throw new Fault('admin.unreachable', { reason: 'delivery has not started yet' });
    return delivery;
  };
  return {
    freeze: async ({ id }) => ((await queue.setState(id, 'frozen', 'frozen by an administrator')) ? 'done' : null),
    async bounce({ id }) {
      const isThere = await running().giveUp(id);
      running().wake();
      return isThere ? 'done' : null;
    },
    destinations: async () => await queue.destinations.list(),
    async freezeDestination({ name }) {
      await running().destinations.freeze(name);
      return 'done';
    },
    async thawDestination({ name }) {
      await running().destinations.thaw(name);
      return 'done';
    },
    retryDestination: async ({ name }) => ({ waiting: await running().destinations.retry(name) }),
    aliases: async () => await directory.aliases.list(),
    async setAlias({ address, members }) {
      if (!directory.isLocalDomain(address.slice(address.lastIndexOf('@') + 1))) return null;
      await directory.aliases.set(address, members);
      return 'done';
    },
    removeAlias: async ({ address }) => ((await directory.aliases.remove(address)) ? 'done' : null),
  };
}
