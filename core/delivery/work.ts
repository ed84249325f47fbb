import type { Content } from '../database/content.ts';
import { asFault } from '../errors.ts';
import type { QueuedMessage } from '../queue/queue.ts';
import { arrive, type Arrival } from './arrive.ts';
import { categorize, type Categorized } from './categorize.ts';
import { deliver, deliverAtOnce, type Aftermath } from './deliver.ts';
import { noConsequences } from './failures.ts';
import type { Retries } from './options.ts';
import type { DeliveryParts } from './parts.ts';
import { waitAfterFault } from './schedule.ts';
import { recordStep } from './trace.ts';

/**
 * Takes a claimed message as far as it gets: through onArrival if it has not been, then to its recipients.
 *
 * @param signal aborted when delivery stops: what sinks answer after that is not to be believed, their host is going
 * @throws Fault when the queue could not write down how it ended; then it is as it was, and still claimed
 */
export async function workOn(
  parts: DeliveryParts,
  message: QueuedMessage,
  retries: Retries,
  signal: AbortSignal,
): Promise<Aftermath> {
  if (message.state !== 'accepted') return await goOn(parts, message, retries, signal);
  const arrival = await arrive(parts, message, retries);
  signal.throwIfAborted();
  const { outcome, consequences } = arrival;
  recordStep(parts, message, { event: 'arrival', decision: outcome.kind, detail: detailOf(arrival) });
  if (outcome.kind === 'arrived') {
    const going = parts.queue.arrival(message, outcome);
    const delivered = going.message && (await deliverAtOnce(parts, going.message, going.input));
    if (delivered) return delivered;
  }
  const arrived = await settle(parts, message, arrival);
  if (arrived) return await goOn(parts, arrived, retries, signal);
  const made = { reports: consequences.reports.length, tells: consequences.tells.length };
  return { ...made, until: outcome.kind === 'defer' ? outcome.until : null };
}

/** From onArrival to the recipients: who they are, one copy for each group of them, and on its way. */
async function goOn(
  parts: DeliveryParts,
  message: QueuedMessage,
  retries: Retries,
  signal: AbortSignal,
): Promise<Aftermath> {
  const categorized = await categorizeOrWait(parts, message, retries);
  signal.throwIfAborted();
  if (categorized === null) return await deliver(parts, message, retries);
  const { outcome, consequences } = categorized;
  const copies = outcome.kind === 'copies' ? outcome.copies.length - 1 : 0;
  const first = await settleCopies(parts, message, categorized);
  const made = { reports: consequences.reports.length + Math.max(0, copies), tells: consequences.tells.length };
  if (first === null) return { ...made, until: outcome.kind === 'defer' ? outcome.until : null };
  const { reports, tells, until } = await deliver(parts, first, retries);
  return { reports: reports + made.reports, tells: tells + made.tells, until };
}

/** A directory that cannot be asked now is a fault of ours: the message waits. */
async function categorizeOrWait(parts: DeliveryParts, message: QueuedMessage, retries: Retries): Promise<Categorized> {
  try {
    return await categorize(parts, message, retries);
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.code === 'queue.fence') throw fault;
    parts.log.warn({ message: message.id, traceId: message.traceId, fault }, 'recipients are resolved again later');
    const until = parts.now() + waitAfterFault(message.faults + 1, retries);
    return { outcome: { kind: 'defer', until, reason: fault.code, fault: true }, consequences: noConsequences };
  }
}

async function settleCopies(
  parts: DeliveryParts,
  message: QueuedMessage,
  { outcome, consequences: { reports, tells } }: NonNullable<Categorized>,
): Promise<QueuedMessage | null> {
  try {
    return await parts.queue.settleCategorized(message, outcome, reports, tells);
  } catch (cause) {
    const copies = outcome.kind === 'copies' ? outcome.copies : [];
    await discardAll(parts, [...copies, ...reports]);
    throw cause;
  }
}

async function discardAll(parts: DeliveryParts, made: readonly { readonly content: Content | null }[]): Promise<void> {
  for (const { content } of made) if (content) await parts.content.discard(content).catch(() => undefined);
}

async function settle(
  parts: DeliveryParts,
  message: QueuedMessage,
  { outcome, consequences: { reports, tells } }: Arrival,
): Promise<QueuedMessage | null> {
  try {
    return await parts.queue.settleArrival(message, outcome, reports, tells);
  } catch (cause) {
    await discardAll(parts, [...('content' in outcome ? [outcome] : []), ...reports]);
    throw cause;
  }
}

/** Everything but the octets. */
function detailOf({ outcome }: Arrival): object {
  const { kind: _, content, ...said } = { content: null, ...outcome };
  return { ...said, edited: content !== null };
}
