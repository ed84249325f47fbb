import type { Subject, Verdict } from '../events/dispatch.ts';
import type { Binding } from '../events/binding.ts';
import type { Generation } from '../events/generation.ts';
import type { QueuedMessage } from '../queue/queue.ts';
import type { DeliveryParts, OpenedMessage } from './parts.ts';
import { subjectOf } from './trace.ts';

/** The events that are asked about a message in the queue as a whole. */
export type ChainEvent = 'onArrival' | 'onCategorized';

/** What the chain of one of them made of a message. */
export type Chained = {
  readonly verdict: Verdict<ChainEvent>;
  /** With the edits of the chain; null when nobody was there to ask, and so nobody read it. */
  readonly opened: OpenedMessage | null;
};

/** Bindings that are not asked: the message goes on without them. */
export type Passed = ReadonlySet<Binding>;

/**
 * Asks the bindings of this generation. Each attempt starts from the octets the queue has, which an earlier attempt
 * that came to nothing has not changed (invariant 3).
 *
 * @param without bindings that are not asked: mail has waited for them long enough, or they had their say
 * @throws Fault when the content cannot be read or opened
 */
export async function askChain(
  parts: DeliveryParts,
  generation: Generation,
  message: QueuedMessage,
  { event, without }: { readonly event: ChainEvent; readonly without: Passed },
): Promise<Chained> {
  const subject = subjectOf(parts, message);
  const isAsked = generation.isAsked(message.virtualServer, event);
  const opened = isAsked ? await open(parts, message) : null;
  const about: Subject = opened ? { ...subject, message: opened } : subject;
  const recipients = message.recipients.map(({ address }) => address);
  const envelope = { reversePath: message.reversePath, recipients };
  const asked = others(generation, without);
  const verdict = await parts.dispatcher.ask<ChainEvent>(asked, event, about, { envelope });
  return { verdict, opened };
}

function others(generation: Generation, without: Passed): Generation {
  if (without.size === 0) return generation;
  const bindings: Generation['bindings'] = (virtualServer, event) =>
    generation.bindings(virtualServer, event).filter(({ binding }) => !without.has(binding));
  return { ...generation, bindings };
}

async function open(parts: DeliveryParts, message: QueuedMessage): Promise<OpenedMessage> {
  // The trace id alone may name what onEndOfData saw, which that event may have edited since.
  return await parts.openEditable(await parts.queue.content(message), `${message.traceId}/${message.id}`);
}
