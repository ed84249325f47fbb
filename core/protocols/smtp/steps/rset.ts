import { say, type Answer } from '../answer.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';

/** @source RFC 5321 §4.1.1.5 */
export function rset(_: Server, session: SmtpSession, argument: string): Answer {
  if (argument !== '') return say(replies.noArgument('RSET'));
  session.reset();
  return say(replies.ok);
}
