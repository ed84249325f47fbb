import { say, sayAndClose, type Answer } from '../answer.ts';
import { isAsked } from '../ask.ts';
import { ChunkReader } from '../chunk-reader.ts';
import { logFault } from '../notes.ts';
import { replies, type ServerReply } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';
import type { Chunks, Transaction } from '../transaction.ts';
import { askOnData, openReceiver } from './data.ts';
import { endOfData } from './end-of-data.ts';

/** Octets of a chunk we wait for; whoever announces more is hung up on. */
const largestChunk = 2 ** 31;

/**
 * One chunk of content. Its octets come whether it is welcome or not, and must never be taken for commands: of a chunk
 * that is refused they are thrown away before the refusal goes out, and where their number cannot be told, nothing
 * after it can be believed.
 *
 * @source RFC 3030 §2
 */
export function bdat(server: Server, session: SmtpSession, argument: string): Answer | Promise<Answer> {
  const chunk = readChunk(argument);
  if (chunk === null) return giveUp(session);
  const { transaction } = session;
  const refused = refusalOf(session);
  if (refused || transaction === null) return throwAway(session, chunk, refused ?? replies.noMail);
  if (transaction.chunks) return take(server, session, transaction.chunks, chunk);
  return isAsked(server, 'onData', transaction.generation)
    ? askAndTake(server, session, transaction, chunk)
    : take(server, session, begin(server, session, transaction), chunk);
}

/** A chunk nobody wants, whatever else speaks for it. */
export function refuseChunk(session: SmtpSession, argument: string, reply: ServerReply): Answer {
  const chunk = readChunk(argument);
  return chunk === null ? giveUp(session) : throwAway(session, chunk, reply);
}

function readChunk(argument: string): Chunk | null {
  const [, digits, last] = /^(\d{1,10})( +LAST)?$/i.exec(argument) ?? [];
  const octets = Number(digits ?? Number.NaN);
  return octets <= largestChunk ? { octets, isLast: last !== undefined } : null;
}

function giveUp(session: SmtpSession): Answer {
  session.reset();
  return sayAndClose(replies.chunkSyntax);
}

type Chunk = { readonly octets: number; readonly isLast: boolean };

function refusalOf(session: SmtpSession): ServerReply | null {
  const { transaction } = session;
  if (!session.offers('CHUNKING')) return session.ehlo === null ? replies.noEhlo : replies.chunkingNotOffered;
  if (transaction === null) return replies.noMail;
  return transaction.taken === 0 ? replies.noRecipients : null;
}

/** After a chunk that failed the rest of the message is worth nothing: what follows is 503 until the next MAIL. */
function throwAway(session: SmtpSession, { octets }: Chunk, reply: ServerReply): Answer {
  session.reset();
  return { kind: 'swallow', octets, reply };
}

async function askAndTake(
  server: Server,
  session: SmtpSession,
  transaction: Transaction,
  chunk: Chunk,
): Promise<Answer> {
  const refused = await askOnData(server, session, transaction);
  if (refused === null) return take(server, session, begin(server, session, transaction), chunk);
  return refused.kind === 'reply' ? throwAway(session, chunk, refused.reply) : refused;
}

function begin(server: Server, session: SmtpSession, transaction: Transaction): Chunks {
  const reader = new ChunkReader();
  const receiver = openReceiver(server, session, transaction, reader);
  const failed = (cause: unknown): void => void logFault(server, transaction.traceId, cause);
  return transaction.chunk({ reader, receiver, abandon: () => void receiver.abandon().catch(failed) });
}

function take(server: Server, session: SmtpSession, { reader, receiver }: Chunks, { octets, isLast }: Chunk): Answer {
  reader.expect(octets);
  const conclude = (): Answer | Promise<Answer> => {
    if (isLast) {
      reader.finish(receiver.writer);
      return endOfData(server, session, receiver);
    }
    if (!receiver.writer.isTooLarge) return say(replies.chunkTaken(octets));
    session.reset();
    return say(replies.tooLarge(receiver.writer.limit));
  };
  return { kind: 'chunk', receiver, conclude };
}
