import { refusalOf, say, type Answer } from '../answer.ts';
import { ask, isAsked } from '../ask.ts';
import { ContentReceiver } from '../content-receiver.ts';
import { editEnvelope } from '../envelope-edits.ts';
import { DataReader, type ContentReader } from '../data-reader.ts';
import { formatReceived } from '../received.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';
import type { Transaction } from '../transaction.ts';

/** @source RFC 5321 §4.1.1.4 */
export function data(server: Server, session: SmtpSession, argument: string): Answer | Promise<Answer> {
  const { transaction } = session;
  if (argument !== '') return say(replies.noArgument('DATA'));
  if (transaction === null) return say(session.ehlo === null ? replies.noEhlo : replies.noMail);
  if (transaction.taken === 0) return say(replies.noRecipients);
  if (transaction.chunks !== null) return say(replies.chunksBegun);
  const isWanted = isAsked(server, 'onData', transaction.generation);
  return isWanted ? askAndStart(server, session, transaction) : start(server, session, transaction);
}

async function askAndStart(server: Server, session: SmtpSession, transaction: Transaction): Promise<Answer> {
  return (await askOnData(server, session, transaction)) ?? start(server, session, transaction);
}

function start(server: Server, session: SmtpSession, transaction: Transaction): Answer {
  const receiver = openReceiver(server, session, transaction, new DataReader());
  return { kind: 'content', reply: replies.startMail, receiver };
}

/** @returns why there is to be no content; null when it may come */
export async function askOnData(
  server: Server,
  session: SmtpSession,
  transaction: Transaction,
): Promise<Answer | null> {
  const payload = { envelope: transaction.envelope };
  const { decision, edits } = await ask(server, session, { event: 'onData', payload });
  return refusalOf(decision) ?? (await editEnvelope(server, session, { transaction, edits }));
}

/** What the content of a message goes through; our Received field is on top of it. */
export function openReceiver(
  server: Server,
  session: SmtpSession,
  transaction: Transaction,
  reader: ContentReader,
): ContentReceiver {
  const { recipients, traceId } = transaction;
  const head = formatReceived(session, {
    hostname: server.options.hostname,
    id: traceId,
    recipient: recipients.length === 1 ? (recipients[0] ?? null) : null,
    at: server.services.now(),
    isInternational: transaction.isInternational,
  });
  return new ContentReceiver(server, transaction, reader, head);
}
