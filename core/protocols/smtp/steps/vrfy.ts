import { say, type Answer } from '../answer.ts';
import { readMailboxArgument } from '../mailbox-argument.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';

/**
 * Tells nobody who has a mailbox here, unless the options let those know who authenticated.
 *
 * @source RFC 5321 §3.5.3, §7.3
 */
export function vrfy(server: Server, session: SmtpSession, argument: string): Answer | Promise<Answer> {
  const { vrfy: policy } = server.options;
  if (policy === 'off') return say(replies.notImplemented);
  if (argument === '') return say(replies.commandSyntax('VRFY <string>'));
  const isTold = policy === 'authenticated' && session.identity !== null;
  return isTold ? lookUp(server, argument) : say(replies.cannotVerify);
}

async function lookUp({ services: { directory } }: Server, argument: string): Promise<Answer> {
  const read = readMailboxArgument(`TO:<${argument.replace(/^<(.*)>$/, '$1')}>`, 'TO:');
  if (read.kind === 'malformed' || read.address === null || read.isInternational) return say(replies.cannotVerify);
  const { kind } = await directory.resolve(read.address.text);
  if (kind === 'unknown') return say(replies.noMailbox);
  return say(kind === 'user' ? replies.verified(read.address.text) : replies.cannotVerify);
}
