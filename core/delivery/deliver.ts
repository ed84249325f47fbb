import { asFault } from '../errors.ts';
import type { QueuedMessage, QueuedRecipient } from '../queue/queue.ts';
import type { ArrivalInput } from '../queue/wire.ts';
import { dropIntoFolders, type Dropped } from './drop.ts';
import { handOn } from './hand-on.ts';
import { deliverLocally } from './local.ts';
import type { Retries } from './options.ts';
import type { DeliveryParts } from './parts.ts';
import { findRoute, going } from './route.ts';
import { waitAfterFault } from './schedule.ts';
import { isBoundTo, recordStep } from './trace.ts';

/** What became due by delivering: reports to work on, tells to tell, an instant to come back at (epoch milliseconds). */
export type Aftermath = { readonly reports: number; readonly tells: number; readonly until: number | null };

/**
 * Takes an arrived message to its recipients, as far as they are due: into mailboxes, and to other hosts. Afterwards it is
 * gone, or waits for a later attempt.
 *
 * @throws Fault when not even the failure could be written down
 */
export async function deliver(parts: DeliveryParts, message: QueuedMessage, retries: Retries): Promise<Aftermath> {
  const aftermath = await attempt(parts, message, retries);
  // A wait so short that it was over when it was written down leaves the claim as it was.
  if (aftermath.until !== null) await parts.queue.release(message);
  return aftermath;
}

async function attempt(parts: DeliveryParts, message: QueuedMessage, retries: Retries): Promise<Aftermath> {
  let due = recipientsDue(message, parts.now());
  try {
    const routed = await Promise.all(due.map((recipient) => findRoute(parts, recipient)));
    const [local, unknown, remote] = [going(routed, 'local'), going(routed, 'unknown'), going(routed, 'remote')];
    const isOurs = local.length + unknown.length > 0;
    const copies = { local, unknown, arrival: null };
    const made = isOurs ? await deliverLocally(parts, message, copies) : { reports: 0, tells: 0, until: null };
    due = remote.map(({ recipient }) => recipient);
    const folder = going(routed, 'folder');
    const dropped = await drop(parts, message, { folder, retries });
    const sofar = sumOf(made, dropped);
    if (remote.length === 0) return sofar;
    const legs = remote.map(({ recipient, route: { domain } }) => ({ recipient, domain }));
    return sumOf(sofar, await handOn(parts, message, legs));
  } catch (thrown) {
    return await retryLater(parts, message, { due, retries, thrown });
  }
}

/** What goes wrong with a folder concerns those whose mail goes there, and nobody else. */
async function drop(
  parts: DeliveryParts,
  message: QueuedMessage,
  { folder, retries }: { readonly folder: readonly Dropped[]; readonly retries: Retries },
): Promise<Aftermath> {
  if (folder.length === 0) return { reports: 0, tells: 0, until: null };
  try {
    return { ...(await dropIntoFolders(parts, message, folder)), until: null };
  } catch (thrown) {
    return await retryLater(parts, message, { due: folder.map(({ recipient }) => recipient), retries, thrown });
  }
}

function sumOf(a: Aftermath, b: Aftermath): Aftermath {
  const next = Math.min(a.until ?? Infinity, b.until ?? Infinity);
  return { reports: a.reports + b.reports, tells: a.tells + b.tells, until: next === Infinity ? null : next };
}

/**
 * The short way, which almost all mail takes: when every recipient has a mailbox here, the outcome of onArrival and the
 * delivery are one operation and one flush.
 *
 * @param arrival from `Queue.arrival`, with the message as it goes on
 * @returns null when the message has to take the long way; nothing was changed
 */
export async function deliverAtOnce(
  parts: DeliveryParts,
  message: QueuedMessage,
  arrival: ArrivalInput,
): Promise<Aftermath | null> {
  const generation = parts.generation();
  const isHeard = (['onResolve', 'onCategorized', 'onDeliver'] as const).some((event) =>
    isBoundTo(generation, message, event),
  );
  if (isHeard) return null;
  try {
    const routed = await Promise.all(message.recipients.map((recipient) => findRoute(parts, recipient)));
    const local = going(routed, 'local');
    if (local.length < routed.length) return null;
    return await deliverLocally(parts, message, { local, unknown: [], arrival });
  } catch (thrown) {
    parts.log.warn({ message: message.id, traceId: message.traceId, fault: asFault(thrown) }, 'not delivered at once');
    return null;
  }
}

/** All that are pending when, by a clock that was set back, none is due: the queue gave the message to us now. */
function recipientsDue({ recipients }: QueuedMessage, now: number): readonly QueuedRecipient[] {
  const pending = recipients.filter(({ state }) => state === 'pending');
  const due = pending.filter(({ nextAttempt }) => nextAttempt <= now);
  return due.length > 0 ? due : pending;
}

type Failed = { readonly due: readonly QueuedRecipient[]; readonly retries: Retries; readonly thrown: unknown };

async function retryLater(
  parts: DeliveryParts,
  message: QueuedMessage,
  { due, retries, thrown }: Failed,
): Promise<Aftermath> {
  const fault = asFault(thrown);
  if (fault.code === 'queue.fence') throw fault;
  const attempts = 1 + Math.max(0, ...due.map((recipient) => recipient.attempts));
  const until = parts.now() + waitAfterFault(attempts, retries);
  const reply = `451 4.3.0 ${fault.code}`;
  const results = due.map(({ id }) => ({ recipient: id, state: 'deferred', reply, until }) as const);
  await parts.queue.settle(message, results, [], []);
  parts.log.warn({ message: message.id, traceId: message.traceId, fault }, 'delivery is tried again later');
  recordStep(parts, message, { event: 'deferred', detail: { until, fault: fault.code } });
  return { reports: 0, tells: 0, until };
}
