import { say, sayAndClose, type Answer } from '../answer.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';

/** @source RFC 5321 §4.1.1.10 */
export function quit(_: Server, __: SmtpSession, argument: string): Answer {
  return argument === '' ? sayAndClose(replies.closing) : say(replies.noArgument('QUIT'));
}
