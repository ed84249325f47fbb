import { z } from 'zod';
import { asFault, type Fault } from '../errors.ts';
import type { Subject } from '../events/dispatch.ts';
import type { Generation } from '../events/generation.ts';
import type { ClaimedTell } from '../queue/queue.ts';
import type { DeliveryParts } from './parts.ts';
import { domainOf } from './trace.ts';

/** How many are told at a time. */
const atOnce = 64;

const replyData = z.object({ code: z.number(), status: z.string(), text: z.string() });
const delivered = z.object({ recipient: z.string(), mailbox: z.string() });
const deferred = z.object({
  recipient: z.string(),
  reply: replyData,
  until: z.number(),
});
const bounced = z.object({
  recipient: z.string(),
  reply: replyData,
});

/**
 * Tells bindings what they are to be told at least once: a row stays until its binding has answered. Which sink hears of
 * it is settled when the row is written; with which revision, now.
 *
 * @returns whether there may be more to tell at once
 * @throws Fault when the queue cannot be asked
 */
export async function tellDue(parts: DeliveryParts): Promise<boolean> {
  const tells = await parts.queue.claimTells(atOnce);
  const generation = parts.generation();
  generation.retain();
  try {
    await Promise.all(tells.map((tell) => settle(parts, tell, tellOne(parts, generation, tell))));
  } finally {
    generation.release();
  }
  return tells.length === atOnce;
}

async function settle(parts: DeliveryParts, tell: ClaimedTell, telling: Promise<Fault | null>): Promise<void> {
  const fault = await telling.catch(asFault);
  const settled = await parts.queue.settleTell(tell.id, fault === null);
  const { id, key, event, traceId, attempts } = tell;
  if (settled === 'again') parts.log.warn({ key, event, traceId, attempts, fault }, 'a tell is tried again later');
  if (settled === 'parked')
    parts.log.error({ tell: id, key, event, traceId, fault, alarm: true }, 'a tell was given up');
}

/** A binding that is gone or not enabled gets none. */
async function tellOne(
  parts: DeliveryParts,
  generation: Generation,
  { key, event, ...tell }: ClaimedTell,
): Promise<Fault | null> {
  const binding = generation.find(key);
  if (binding === null) return null;
  const subject: Subject = {
    traceId: tell.traceId,
    virtualServer: { id: tell.virtualServer, protocol: 'smtp' },
    session: null,
    source: 'smtp',
    isLocal: (address) => parts.directory.isLocalDomain(domainOf(address)),
  };
  const { dispatcher } = parts;
  if (event === 'onDeferred') return await dispatcher.tellOne(binding, event, subject, deferred.parse(tell.payload));
  return event === 'onDelivered'
    ? await dispatcher.tellOne(binding, event, subject, delivered.parse(tell.payload))
    : await dispatcher.tellOne(binding, event, subject, bounced.parse(tell.payload));
}
