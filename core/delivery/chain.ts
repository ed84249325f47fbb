import type { Subject, Verdict } from '../events/dispatch.ts';
import type { Generation } from '../events/generation.ts';
import type { QueuedMessage } from '../queue/queue.ts';
import type { DeliveryParts, OpenedMessage } from './parts.ts';
import { subjectOf } from './trace.ts';

/** What the chain of onArrival made of a message. */
export type Chained = {
  readonly verdict: Verdict<'onArrival'>;
  /** With the edits of the chain; null when nobody was there to ask, and so nobody read it. */
  readonly opened: OpenedMessage | null;
};

/**
 * Asks the bindings of this generation. Each attempt starts from the octets the queue has, which an earlier attempt
 * that came to nothing has not changed (invariant 3).
 *
 * @throws Fault when the content cannot be read or opened
 */
export async function askChain(parts: DeliveryParts, generation: Generation, message: QueuedMessage): Promise<Chained> {
  const subject = subjectOf(parts, message);
  const isAsked = generation.bindings(message.virtualServer, 'onArrival').length > 0;
  const opened = isAsked ? await open(parts, message) : null;
  const about: Subject = opened ? { ...subject, message: opened } : subject;
  const recipients = message.recipients.map(({ address }) => address);
  const envelope = { reversePath: message.reversePath, recipients };
  return { verdict: await parts.dispatcher.ask(generation, 'onArrival', about, { envelope }), opened };
}

async function open(parts: DeliveryParts, message: QueuedMessage): Promise<OpenedMessage> {
  // The trace id alone may name what onEndOfData saw, which that event may have edited since.
  return await parts.openEditable(await parts.queue.content(message), `${message.traceId}/${message.id}`);
}
