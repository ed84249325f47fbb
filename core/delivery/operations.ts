import type { Tables } from '../database/tables.ts';
import type { Settled } from '../queue/message.ts';
import { settleArrival, settleMessage } from '../queue/operations.ts';
import type { ArrivalInput, SettleInput } from '../queue/wire.ts';
import { appendMessage } from '../store/operations.ts';

export const part = 'delivery';

/** One recipient's copy. */
export type LocalDelivery = {
  /** `id` of the recipient in its message. */
  readonly recipient: number;
  readonly mailbox: string;
  /** From `deliveryPrefix` of the store. */
  readonly prefix: string;
  /** For the record: what became of it, in one line. */
  readonly reply: string;
};

type LocalDeliveries = {
  /** From `Queue.arrival`, when what onArrival came to is not written down yet: it is, first. */
  readonly arrival?: ArrivalInput;
  readonly deliveries: readonly LocalDelivery[];
  /** From `Queue.settlement`: the claim, what became of other recipients, reports and tells. */
  readonly settlement: SettleInput;
};

/**
 * Puts a message into the mailboxes of its local recipients and settles them, with what follows from it, in one
 * operation: after a crash all of it has happened or nothing. The copies share the content the queue has.
 *
 * @returns what is left of the message in the queue, and the UIDs in the order of the deliveries
 * @throws Fault `queue.fence` when the claim is stale or a recipient is settled already; nothing was changed
 */
function deliverLocal(
  db: Tables,
  { arrival, deliveries, settlement }: LocalDeliveries,
): { readonly settled: Settled; readonly uids: readonly number[] } {
  if (arrival) settleArrival(db, arrival);
  const delivered = deliveries.map(({ recipient, reply }) => ({ recipient, state: 'delivered', reply }) as const);
  const results = [...settlement.results, ...delivered];
  const { settled, content, size } = settleMessage(db, { ...settlement, results }, deliveries.length);
  const uids = deliveries.map(({ mailbox, prefix }) =>
    appendMessage(db, { mailbox, content, contentSize: size, prefix, now: settlement.now }),
  );
  return { settled, uids };
}

export const migrations: readonly string[] = [];
export const writes = { deliverLocal };
export const reads = {};
