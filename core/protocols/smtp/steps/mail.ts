import type { Reply } from '../../../../sdk/reply.ts';
import { refusalOf, say, sayAndClose, type Answer } from '../answer.ts';
import { ask, isAsked } from '../ask.ts';
import { editEnvelope } from '../envelope-edits.ts';
import { readMailboxArgument, type MailboxArgument } from '../mailbox-argument.ts';
import type { Parameters } from '../parameters.ts';
import { replies } from '../replies.ts';
import { checkParameters, mailParameters } from '../service-extensions.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';
import { Transaction } from '../transaction.ts';

/** @source RFC 5321 §4.1.1.2 */
export function mail(server: Server, session: SmtpSession, argument: string): Answer | Promise<Answer> {
  if (session.ehlo === null) return say(replies.noEhlo);
  if (session.transaction !== null) return say(replies.nestedMail);
  if (server.options.requireTls && session.tls === null) return say(replies.tlsRequired);
  if (server.options.auth.required && session.identity === null) return say(replies.authRequired);
  if (session.transactions >= server.options.limits.messagesPerConnection) return sayAndClose(replies.tooManyMessages);

  const read = readMailboxArgument(argument, 'FROM:');
  if (read.kind === 'malformed') return say(replyTo(read.problem));
  // `<Postmaster>` without a domain is a recipient only (RFC 5321 §4.1.1.3).
  if (read.address?.domain === '') return say(replies.reversePathSyntax);
  const refused = checkParameters(mailParameters, read.parameters, session, server.options);
  if (read.isInternational && !('SMTPUTF8' in read.parameters)) return say(refused ?? replies.nonAsciiAddress);
  return refused ? say(refused) : open(server, session, read.address?.text ?? '', read.parameters);
}

function open(
  server: Server,
  session: SmtpSession,
  reversePath: string,
  parameters: Parameters,
): Answer | Promise<Answer> {
  const { services } = server;
  session.transactions += 1;
  session.transaction = new Transaction(services.randomId(), services.generation(), reversePath, parameters);
  const isWanted = isAsked(server, 'onMail', session.transaction.generation);
  return isWanted ? askAndOpen(server, session, session.transaction) : say(replies.reversePathOk);
}

async function askAndOpen(server: Server, session: SmtpSession, transaction: Transaction): Promise<Answer> {
  const { reversePath, parameters } = transaction;
  try {
    const { decision, edits } = await ask(server, session, { event: 'onMail', payload: { reversePath, parameters } });
    const refused = refusalOf(decision) ?? (await editEnvelope(server, session, { transaction, edits }));
    if (refused) session.reset();
    return refused ?? say(replies.reversePathOk);
  } catch (cause) {
    session.reset();
    throw cause;
  }
}

type Problem = Extract<MailboxArgument, { kind: 'malformed' }>['problem'];

function replyTo(problem: Problem): Reply {
  if (problem === 'keyword') return replies.commandSyntax('MAIL FROM:<address>');
  if (problem === 'parameters') return replies.parameterSyntax;
  return problem === 'non-ascii' ? replies.nonAsciiAddress : replies.reversePathSyntax;
}
