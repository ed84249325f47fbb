import { reply } from '../../sdk/reply.ts';
import type { QueuedMessage, Settlement } from '../queue/queue.ts';
import { deliveryPrefix } from '../store/store.ts';
import { askDeliver } from './ask-deliver.ts';
import { giveUp, reportOn, tellsOf } from './failures.ts';
import type { LocalDelivery } from './operations.ts';
import type { ArrivalInput } from '../queue/wire.ts';
import type { DeliveryParts } from './parts.ts';
import type { Route, Routed } from './route.ts';
import { recordStep } from './trace.ts';

export type Local = Routed<Extract<Route, { kind: 'local' }>>;
type Unknown = Routed<Extract<Route, { kind: 'unknown' }>>;

/** RFC 3463 §3.2. */
const noMailbox = reply(550, '1.1', 'No such mailbox here');

type LocalCopies = {
  readonly local: readonly Local[];
  readonly unknown: readonly Unknown[];
  /** What onArrival came to, when it is to be written in the same operation. */
  readonly arrival: ArrivalInput | null;
};

/**
 * Puts a message into mailboxes, and reports the recipients that have none any more, in one operation.
 *
 * @throws Fault when nothing of it could be written
 */
export async function deliverLocally(
  parts: DeliveryParts,
  message: QueuedMessage,
  { local: all, unknown, arrival }: LocalCopies,
): Promise<{ readonly reports: number; readonly tells: number; readonly until: number | null }> {
  const { local, ended } = await askDeliver(parts, message, all);
  const failures = [
    ...unknown.map(({ recipient }) => ({ recipient: recipient.address, reply: noMailbox })),
    ...ended.flatMap(({ failure }) => failure ?? []),
  ];
  const results = [
    ...unknown.map(({ recipient }) => settled(recipient.id, 'failed', '550 5.1.1 no such mailbox')),
    ...ended.map(({ settlement }) => settlement),
  ];
  const { reports, tells } = await giveUp(parts, message, failures);
  const receipts = await reportOn(parts, message, local.map(receiptOf));
  const told = [...tells, ...local.flatMap((one) => tellsOf(parts, message, 'onDelivered', deliveredTo(one)))];

  const settlement = parts.queue.settlement(message, results, [...reports, ...receipts], told);
  const { uids } = await parts.operations.deliverLocal({
    ...(arrival && { arrival }),
    deliveries: local.map((one) => copyFor(message, one)),
    settlement,
  });

  const delivered = local.map(({ recipient, route }, at) => [recipient.address, route.mailbox, uids[at] ?? null]);
  recordStep(parts, message, {
    event: 'local',
    detail: { delivered, ...(failures.length > 0 && { failed: failures }) },
  });
  const waits = results.flatMap(({ until }) => until ?? []);
  const until = waits.length > 0 ? Math.min(...waits) : null;
  return { reports: reports.length + receipts.length, tells: told.length, until };
}

/** For senders that asked for one (NOTIFY=SUCCESS). */
const receiptOf = ({ recipient }: Local) =>
  ({ recipient: recipient.address, reply: reply(250, '1.5', 'Delivered'), action: 'delivered' }) as const;

const settled = (recipient: number, state: Settlement['state'], line: string): Settlement => ({
  recipient,
  state,
  reply: line,
});

const deliveredTo = ({ recipient, route }: Local) => ({ recipient: recipient.address, mailbox: route.mailbox });

function copyFor({ reversePath }: QueuedMessage, { recipient, route }: Local): LocalDelivery {
  return {
    recipient: recipient.id,
    mailbox: route.mailbox,
    prefix: deliveryPrefix(reversePath, recipient.address),
    reply: '250 2.0.0 delivered',
  };
}
