import type { QueuedMessage, Settlement } from '../queue/queue.ts';
import type { RelayResult } from '../relay/relay.ts';
import { giveUp, reportOn, tellsOf } from './failures.ts';
import type { Leg } from './legs.ts';
import type { DeliveryParts } from './parts.ts';
import type { Failure } from './report.ts';
import { retrialOf } from './retry.ts';
import { recordStep } from './trace.ts';
import { writeDown } from './write-down.ts';

/** What became due by handing on; `until` epoch milliseconds, null: nothing. */
export type HandedOn = { readonly reports: number; readonly tells: number; readonly until: number | null };

/** The first of these instants; null when there is none. */
export const earliest = (all: readonly (number | null)[]): number | null => {
  const due = all.filter((one) => one !== null);
  return due.length > 0 ? Math.min(...due) : null;
};

type Ended = { readonly leg: Leg | null; readonly results: readonly RelayResult[] };

/** Writes down what became of the recipients of one leg, with the reports and tells that follow. */
export async function settleLeg(parts: DeliveryParts, message: QueuedMessage, ended: Ended): Promise<HandedOn> {
  // As a whole: what a report is kept in is gone when the report could not be written down.
  return await writeDown(parts, () => settle(parts, message, ended));
}

async function settle(parts: DeliveryParts, message: QueuedMessage, { leg, results }: Ended): Promise<HandedOn> {
  const ends = results.map((result) => endOf(parts, message, { leg, result }));
  const { reports, tells } = await giveUp(
    parts,
    message,
    ends.flatMap((one) => one.failure ?? []),
  );
  const notices = await reportOn(
    parts,
    message,
    ends.flatMap((one) => one.notice ?? []),
  );
  const told = [...tells, ...ends.flatMap((one) => one.tells)];
  const settlements = ends.map(({ settlement }) => settlement);
  await parts.queue.settle(message, settlements, [...reports, ...notices], told);
  recordStep(parts, message, {
    event: 'relay',
    detail: {
      destination: leg?.destination,
      results: settlements.map(({ recipient, state, reply: said }) => [recipient, state, said]),
    },
  });
  return {
    reports: reports.length + notices.length,
    tells: told.length,
    until: earliest(settlements.map(({ until = null }) => until)),
  };
}

type End = {
  readonly settlement: Settlement;
  readonly failure?: Failure;
  /** What is reported beside failures: that it is late, or handed on. */
  readonly notice?: Failure;
  readonly tells: ReturnType<typeof tellsOf>;
};

function endOf(
  parts: DeliveryParts,
  message: QueuedMessage,
  { leg, result }: { readonly leg: Leg | null; readonly result: RelayResult },
): End {
  const { id, kind, reply: said, host, dsn } = result;
  const recipient = message.recipients.find((one) => one.id === id);
  const address = recipient?.address ?? '';
  const line = `${said.code} ${said.status} ${said.text}`;
  const settled = { recipient: id, reply: line, ...(leg && { destination: leg.destination }) };
  const about = { recipient: address, reply: said, host };
  if (kind === 'dropped') return { settlement: { ...settled, state: 'dropped' }, tells: [] };
  if (kind === 'failed') return { settlement: { ...settled, state: 'failed' }, failure: about, tells: [] };
  if (kind === 'delivered') {
    const told = { recipient: address, mailbox: `smtp:${host ?? ''}` };
    const notice = dsn ? {} : { notice: { ...about, action: 'relayed' as const } };
    return {
      settlement: { ...settled, state: 'delivered' },
      ...notice,
      tells: tellsOf(parts, message, 'onDelivered', told),
    };
  }
  const retry = leg?.retry ?? parts.policyOf(message.virtualServer).retry;
  const retrial = retrialOf(message, recipient ?? { attempts: 0, isLate: true }, {
    retry,
    now: parts.now(),
    why: said,
  });
  if (retrial.kind === 'expired') {
    return { settlement: { ...settled, state: 'failed' }, failure: { ...about, reply: retrial.reply }, tells: [] };
  }
  const { until, isLate } = retrial;
  const tells = tellsOf(parts, message, 'onDeferred', { recipient: address, reply: said, until });
  const settlement = { ...settled, state: 'deferred', until, isLate } as const;
  return { settlement, tells, ...(isLate && { notice: { ...about, action: 'delayed' as const } }) };
}
