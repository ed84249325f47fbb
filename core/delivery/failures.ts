import type { QueuedMessage, Submission, Tell } from '../queue/queue.ts';
import type { DeliveryParts } from './parts.ts';
import { writeReport, type Failure } from './report.ts';
import { recordStep, subjectOf } from './trace.ts';

/** What is written together with the settlement of recipients that are given up. */
export type Consequences = { readonly reports: readonly Submission[]; readonly tells: readonly Tell[] };

export const noConsequences: Consequences = { reports: [], tells: [] };

/**
 * The report to the reverse-path and the bindings that are told (onBounced). No report goes to the null reverse-path:
 * a report is never reported (RFC 5321 §6.1).
 *
 * @throws Fault when the content cannot be read or the report not be kept
 */
export async function giveUp(
  parts: DeliveryParts,
  message: QueuedMessage,
  failures: readonly Failure[],
): Promise<Consequences> {
  if (failures.length === 0) return noConsequences;
  const tells = failures.flatMap((payload) => tellsOf(parts, message, 'onBounced', payload));
  return { reports: message.reversePath === '' ? [] : [await submitReport(parts, message, failures)], tells };
}

async function submitReport(
  parts: DeliveryParts,
  message: QueuedMessage,
  failures: readonly Failure[],
): Promise<Submission> {
  const { virtualServer, reversePath: to, acceptedAt } = message;
  const traceId = parts.randomId();
  const hostname = parts.hostname(virtualServer);
  const octets = await parts.queue.content(message);
  const report = writeReport({ to, failures, octets, hostname, id: traceId, acceptedAt, now: parts.now() });
  recordStep(parts, message, { event: 'report', detail: { to, traceId } });
  return {
    traceId,
    virtualServer,
    source: 'report',
    reversePath: '',
    recipients: [to],
    session: null,
    content: await parts.content.write(report),
  };
}

type Told = {
  readonly onBounced: Failure;
  readonly onDelivered: { readonly recipient: string; readonly mailbox: string };
};

/** A row for each binding that is to be told at least once; none when nobody listens, which is the usual case. */
export function tellsOf<E extends keyof Told>(
  parts: DeliveryParts,
  message: QueuedMessage,
  event: E,
  payload: Told[E],
): readonly Tell[] {
  const { traceId, virtualServer } = message;
  const generation = parts.generation();
  if (generation.bindings(virtualServer, event).length === 0) return [];
  const keys = parts.dispatcher.matching<'onBounced' | 'onDelivered'>(
    generation,
    event,
    subjectOf(parts, message),
    payload,
  );
  return keys.map((key) => ({ key, event, traceId, virtualServer, payload }));
}
