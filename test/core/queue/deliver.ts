import type { QueuedMessage } from '../../../core/queue/queue.ts';
import type { House } from '../database/engines.ts';
import { unedited } from './submissions.ts';

export const mailbox = 'bob@example.test/INBOX';

/** Takes messages the whole way: arrived, then into the mailbox of their only recipient. */
export async function deliverAll({ queue, delivery }: House, messages: readonly QueuedMessage[]): Promise<void> {
  await Promise.all(
    messages.map(async (message) => {
      const arrived = message.state === 'arrived' ? message : await queue.settleArrival(message, unedited(message));
      if (!arrived) return;
      const settlement = queue.settlement(arrived, [], [], []);
      await delivery.deliverLocal({ settlement, deliveries: [{ recipient: 1, mailbox, prefix: '', reply: 'ok' }] });
    }),
  );
}
