import type { Reply } from '../../sdk/reply.ts';
import type { QueuedMessage, QueuedRecipient, Submission, Tell } from '../queue/queue.ts';
import type { DeliveryParts } from './parts.ts';
import { askReport } from './ask-report.ts';
import { actionOf, writeReport, type Action, type Failure } from './report.ts';
import { recordStep, subjectOf } from './trace.ts';

/** What is written together with the settlement of recipients that are given up. */
export type Consequences = { readonly reports: readonly Submission[]; readonly tells: readonly Tell[] };

export const noConsequences: Consequences = { reports: [], tells: [] };

/**
 * The report to the reverse-path of those it wants to hear of, and the bindings that are told (onBounced). No report
 * goes to the null reverse-path (RFC 5321 §6.1): what can be neither delivered nor returned is kept as badmail.
 *
 * @throws Fault when the content cannot be read or the report not be kept
 */
export async function giveUp(
  parts: DeliveryParts,
  message: QueuedMessage,
  failures: readonly Failure[],
): Promise<Consequences> {
  const tells = failures.flatMap(({ recipient, reply }) => tellsOf(parts, message, 'onBounced', { recipient, reply }));
  const isReturned = message.reversePath !== '';
  const reports = isReturned ? await reportOn(parts, message, failures) : await keepBadmail(parts, message, failures);
  return { reports, tells };
}

/** A copy of the message for those that failed, which waits for an administrator. */
async function keepBadmail(
  parts: DeliveryParts,
  message: QueuedMessage,
  failures: readonly Failure[],
): Promise<readonly Submission[]> {
  if (failures.length === 0) return [];
  const recipients = [...new Set(failures.map(({ recipient }) => recipient))];
  const badmail = failures
    .map(({ recipient, reply: { code, status, text } }) => `${recipient}: ${code} ${status} ${text}`)
    .join('; ')
    .slice(0, longestReason);
  const content = await parts.content.write(await parts.queue.content(message));
  const { id, traceId, virtualServer, source, session } = message;
  parts.log.warn({ message: id, traceId, reason: badmail }, 'undeliverable and not to be returned: kept as badmail');
  recordStep(parts, message, { event: 'badmail', detail: { recipients, reason: badmail } });
  return [{ traceId, virtualServer, source, reversePath: '', recipients, session, content, badmail }];
}

/** Characters an operator reads in a list. */
const longestReason = 1_000;

/** What NOTIFY has to say for a report to be sent; `usual`: also when RCPT said nothing (RFC 3461 §4.1). */
const wanted: Readonly<Record<Action, { readonly notify: string; readonly usual: boolean }>> = {
  failed: { notify: 'FAILURE', usual: true },
  delayed: { notify: 'DELAY', usual: true },
  delivered: { notify: 'SUCCESS', usual: false },
  relayed: { notify: 'SUCCESS', usual: false },
};

/** Whether the sender wants to hear that this became of a recipient. */
function isWanted(action: Action, { notify }: Pick<QueuedRecipient, 'notify'>): boolean {
  return notify === null ? wanted[action].usual : notify.toUpperCase().split(',').includes(wanted[action].notify);
}

/**
 * One report for all of these, as far as the sender wants it and no sink is against it.
 *
 * @returns none, or one
 */
export async function reportOn(
  parts: DeliveryParts,
  message: QueuedMessage,
  all: readonly Failure[],
): Promise<readonly Submission[]> {
  if (all.length === 0 || message.reversePath === '') return [];
  const named = all
    .map((one) => ({ ...one, of: message.recipients.find(({ address }) => address === one.recipient) }))
    .filter(({ action = 'failed', of }) => isWanted(action, of ?? { notify: null }))
    .map(({ of, ...one }) => ({ ...one, orcpt: of?.orcpt ?? null }));
  return named.length === 0 ? [] : await submitReport(parts, message, named);
}

async function submitReport(
  parts: DeliveryParts,
  message: QueuedMessage,
  failures: readonly Failure[],
): Promise<readonly Submission[]> {
  const { virtualServer, reversePath: to, acceptedAt, ret, envid } = message;
  const traceId = parts.randomId();
  const hostname = parts.hostname(virtualServer);
  const octets = await parts.queue.content(message);
  const expiry = acceptedAt + parts.policyOf(virtualServer).retry.expiry;
  const about = { to, failures, octets, hostname, id: traceId, acceptedAt, now: parts.now(), ret, envid, expiry };
  const asked = await askReport(parts, message, {
    octets: writeReport(about),
    to,
    id: traceId,
    action: actionOf(failures),
  });
  if (asked === null) return [];
  recordStep(parts, message, { event: 'report', detail: { to: asked.recipients, traceId } });
  const content = await parts.content.write(asked.octets);
  const { reportCopyTo } = parts.policyOf(virtualServer);
  const isCopied = reportCopyTo !== null && actionOf(failures) === 'failed';
  const recipients = [...new Set([...asked.recipients, ...(isCopied ? [reportCopyTo] : [])])];
  return [{ traceId, virtualServer, source: 'report', reversePath: '', recipients, session: null, content }];
}

type Told = {
  readonly onBounced: { readonly recipient: string; readonly reply: Reply };
  readonly onDeferred: { readonly recipient: string; readonly reply: Reply; readonly until: number };
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
  const keys = parts.dispatcher.matching<'onBounced' | 'onDeferred' | 'onDelivered'>(
    generation,
    event,
    subjectOf(parts, message),
    payload,
  );
  return keys.map((key) => ({ key, event, traceId, virtualServer, payload }));
}
