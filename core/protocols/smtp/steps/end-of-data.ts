import type { Reply } from '../../../../sdk/reply.ts';
import type { Content } from '../../../database/content.ts';
import { say, type Answer } from '../answer.ts';
import { isAsked } from '../ask.ts';
import type { ContentReceiver } from '../content-receiver.ts';
import { judge } from '../judge.ts';
import { replyToError } from '../notes.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';
import { forget, submit } from '../submit.ts';
import type { Transaction } from '../transaction.ts';

/**
 * The whole message is here. Whatever the reply, the transaction is over (RFC 5321 §4.1.1.4); 250 goes out only when
 * the queue has it on the disk, and from then on the message is ours (§6.1).
 */
export async function endOfData(server: Server, session: SmtpSession, receiver: ContentReceiver): Promise<Answer> {
  const { transaction } = receiver;
  try {
    const refused = refusalOf(receiver);
    if (refused) {
      await receiver.abandon();
      return say(refused);
    }
    return await take(server, session, transaction, await receiver.writer.finish());
  } catch (cause) {
    await receiver.abandon();
    return say(replyToError(server, transaction.traceId, cause));
  } finally {
    session.reset();
  }
}

function refusalOf({ reader, writer, failure }: ContentReceiver): Reply | null {
  if (writer.isTooLarge) return replies.tooLarge(writer.limit);
  if (reader.hasBareLineEnd) return replies.bareLineEndInContent;
  if (reader.hasNul) return replies.nulInContent;
  if (failure) throw failure.cause;
  return null;
}

async function take(server: Server, session: SmtpSession, transaction: Transaction, content: Content): Promise<Answer> {
  if (!isAsked(server, 'onEndOfData', transaction.generation)) {
    return await submit(server, session, { transaction, content, quarantine: null });
  }
  const judgement = await judge(server, session, transaction, content).catch(async (cause: unknown) => {
    await server.services.content.discard(content);
    throw cause;
  });
  if (judgement.kind === 'discarded') return await forget(server, session, { transaction, content }, judgement.reason);
  const isKept = judgement.kind === 'taken' && judgement.content === content;
  if (!isKept) await server.services.content.discard(content);
  if (judgement.kind === 'refused') return judgement.answer;
  return await submit(server, session, { transaction, ...judgement });
}
