import { say, type Answer } from '../answer.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';

/** Tells nobody who has a mailbox here. @source RFC 5321 §3.5.3, §7.3 */
export function vrfy(_: Server, __: SmtpSession, argument: string): Answer {
  return say(argument === '' ? replies.commandSyntax('VRFY <string>') : replies.cannotVerify);
}
