import type { Decision } from '../../sdk/decisions.ts';
import type { Generation } from '../events/generation.ts';
import type { QueuedMessage, Settlement } from '../queue/queue.ts';
import type { Local } from './local.ts';
import type { DeliveryParts } from './parts.ts';
import type { Failure } from './report.ts';
import { retrialOf } from './retry.ts';
import { isBoundTo, subjectOf } from './trace.ts';

type Ended = { readonly settlement: Settlement; readonly failure?: Failure };

/** Asks onDeliver about each recipient. @returns those that get their copy, and what becomes of the others */
export async function askDeliver(
  parts: DeliveryParts,
  message: QueuedMessage,
  all: readonly Local[],
): Promise<{ readonly local: readonly Local[]; readonly ended: readonly Ended[] }> {
  const generation = parts.generation();
  if (!isBoundTo(generation, message, 'onDeliver')) return { local: all, ended: [] };
  generation.retain();
  try {
    const asked = await Promise.all(all.map((one) => askOne(parts, message, { one, generation })));
    return {
      local: asked.flatMap((one) => ('local' in one ? [one.local] : [])),
      ended: asked.flatMap((one) => ('settlement' in one ? [one] : [])),
    };
  } finally {
    generation.release();
  }
}

async function askOne(
  parts: DeliveryParts,
  message: QueuedMessage,
  { one, generation }: { readonly one: Local; readonly generation: Generation },
): Promise<{ readonly local: Local } | Ended> {
  const payload = { recipient: one.recipient.address, mailbox: one.route.mailbox, reversePath: message.reversePath };
  const verdict = await parts.dispatcher.ask(generation, 'onDeliver', subjectOf(parts, message), payload);
  const ended = endOf(parts, message, { one, decision: verdict.decision });
  if (ended) return ended;
  const mailbox = await knownMailbox(parts, verdict.payload.mailbox);
  return { local: mailbox === null ? one : { ...one, route: { ...one.route, mailbox } } };
}

function endOf(
  parts: DeliveryParts,
  message: QueuedMessage,
  { one, decision }: { readonly one: Local; readonly decision: Decision },
): Ended | null {
  const { id: recipient, address } = one.recipient;
  if (decision.kind === 'discard')
    return { settlement: { recipient, state: 'dropped', reply: `250 2.0.0 ${decision.reason}` } };
  if (decision.kind !== 'reject' && decision.kind !== 'defer') return null;
  const { code, status, text } = decision.reply;
  const said = `${code} ${status} ${text}`;
  const failure = { recipient: address, reply: decision.reply };
  if (decision.kind === 'reject') return { settlement: { recipient, state: 'failed', reply: said }, failure };
  const { retry } = parts.policyOf(message.virtualServer);
  const retrial = retrialOf(message, one.recipient, { retry, now: parts.now(), why: decision.reply });
  if (retrial.kind === 'again')
    return { settlement: { recipient, state: 'deferred', reply: said, until: retrial.until } };
  return { settlement: { recipient, state: 'failed', reply: said }, failure: { ...failure, reply: retrial.reply } };
}

/** A sink may choose any folder of a user there is. @returns null for one nobody has, which is not made up */
async function knownMailbox({ directory, log }: DeliveryParts, mailbox: string): Promise<string | null> {
  const slash = mailbox.indexOf('/');
  const found = await directory.resolve(mailbox.slice(0, Math.max(0, slash)));
  if (found.kind === 'user' && slash > 0 && slash < mailbox.length - 1) return `${found.user}${mailbox.slice(slash)}`;
  log.warn({ mailbox }, 'a sink named a mailbox of nobody here; the message goes to the usual one');
  return null;
}
