import type { QueuedMessage } from '../queue/queue.ts';
import { arrive, type Arrival } from './arrive.ts';
import { deliver, deliverAtOnce, type Aftermath } from './deliver.ts';
import type { Retries } from './options.ts';
import type { DeliveryParts } from './parts.ts';
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
  if (message.state !== 'accepted') return await deliver(parts, message, retries);
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
  if (arrived) return await deliver(parts, arrived, retries);
  const made = { reports: consequences.reports.length, tells: consequences.tells.length };
  return { ...made, until: outcome.kind === 'defer' ? outcome.until : null };
}

async function settle(
  parts: DeliveryParts,
  message: QueuedMessage,
  { outcome, consequences: { reports, tells } }: Arrival,
): Promise<QueuedMessage | null> {
  try {
    return await parts.queue.settleArrival(message, outcome, reports, tells);
  } catch (cause) {
    const made = [...('content' in outcome ? [outcome.content] : []), ...reports.map(({ content }) => content)];
    for (const content of made) if (content) await parts.content.discard(content).catch(() => undefined);
    throw cause;
  }
}

/** Everything but the octets. */
function detailOf({ outcome }: Arrival): object {
  const { kind: _, content, ...said } = { content: null, ...outcome };
  return { ...said, edited: content !== null };
}
