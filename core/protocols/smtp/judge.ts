import type { Content } from '../../database/content.ts';
import { refusalOf, type Answer } from './answer.ts';
import { ask } from './ask.ts';
import { editEnvelope } from './envelope-edits.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';
import type { Transaction } from './transaction.ts';

/** What the sinks make of a message: refused, gone without a word, or taken with its edits. */
export type Judgement =
  | { readonly kind: 'refused'; readonly answer: Answer }
  | { readonly kind: 'discarded'; readonly reason: string }
  | { readonly kind: 'taken'; readonly content: Content; readonly quarantine: string | null };

/**
 * Asks onEndOfData, with the octets in memory for as long as that takes.
 *
 * @param content stays where it is unless the message was edited; the edited one is another
 */
export async function judge(
  server: Server,
  session: SmtpSession,
  transaction: Transaction,
  content: Content,
): Promise<Judgement> {
  const { content: store, openEditable } = server.services;
  const octets = await store.read(content);
  const message = await openEditable(octets, transaction.traceId);
  const payload = { envelope: transaction.envelope };
  const { decision, edits } = await ask(server, session, {
    event: 'onEndOfData',
    payload,
    message,
    size: octets.length,
  });

  if (decision.kind === 'discard') return { kind: 'discarded', reason: decision.reason };
  const answer = refusalOf(decision) ?? (await editEnvelope(server, session, { transaction, edits }));
  if (answer) return { kind: 'refused', answer };
  const written = await message.write();
  return {
    kind: 'taken',
    content: written === octets ? content : await store.write(written),
    quarantine: decision.kind === 'quarantine' ? decision.reason : null,
  };
}
