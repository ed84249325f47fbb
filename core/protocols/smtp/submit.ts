import { sizeOf, type Content } from '../../database/content.ts';
import { say, type Answer } from './answer.ts';
import { note } from './notes.ts';
import { replies } from './replies.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';
import type { Transaction } from './transaction.ts';

/** A message that is to be ours. */
export type Taken = {
  readonly transaction: Transaction;
  readonly content: Content;
  /** Why it is held for an administrator; null when it may go its way. */
  readonly quarantine: string | null;
};

/**
 * Hands the message to the queue. Resolves after the flush.
 *
 * @throws Fault of the queue, which then has seen to the content
 */
export async function submit(server: Server, session: SmtpSession, taken: Taken): Promise<Answer> {
  const { transaction, content, quarantine } = taken;
  const { traceId, reversePath, recipients, reporting } = transaction;
  if (recipients.length === 0) return await forget(server, session, taken, 'no recipient is left');
  await server.services.queue.accept({
    traceId,
    virtualServer: server.id,
    source: 'smtp',
    reversePath,
    recipients,
    session: session.seen,
    content,
    ...(reporting === null ? {} : { reporting }),
    ...(quarantine === null ? {} : { quarantine }),
  });
  session.accepted += 1;
  const from = { session: session.id, client: session.remote.address, ehlo: session.ehlo };
  const detail = JSON.stringify({ ...from, reversePath, recipients, size: sizeOf(content) });
  note(server, transaction.traceId, { event: 'accepted', decision: quarantine === null ? null : 'quarantine', detail });
  return say(replies.queued(traceId));
}

/** The client is told 250 and nobody gets the message: it was discarded, or all its recipients dropped. */
export async function forget(
  server: Server,
  session: SmtpSession,
  { transaction, content }: Pick<Taken, 'transaction' | 'content'>,
  reason: string,
): Promise<Answer> {
  await server.services.content.discard(content);
  note(server, transaction.traceId, { event: 'accepted', decision: 'discard', detail: reason });
  session.accepted += 1;
  return say(replies.queued(transaction.traceId));
}
