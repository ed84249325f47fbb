import type { Decision } from '../../../../sdk/decisions.ts';
import type { Reply } from '../../../../sdk/reply.ts';
import { sayAndClose, say, type Answer } from '../answer.ts';
import { ask, isAsked } from '../ask.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';

const usualText = 'ESMTP Sluice';

/**
 * The greeting, or the refusal that stands in its place.
 *
 * @source RFC 5321 §3.1, §4.3.1
 */
export function greet(server: Server, session: SmtpSession): Answer | Promise<Answer> {
  const generation = server.services.generation();
  return isAsked(server, 'onConnect', generation) ? askAndGreet(server, session) : welcome(server, usualText);
}

/**
 * Who talks before the greeting breaks the first rule of the session (RFC 5321 §4.3.1: wait for it), as worms, HTTP
 * clients and TLS clients at the wrong port do. The only refusal a greeting has is 554 (§3.1, §4.3.2), and after it §3.1
 * wants 503 to everything until QUIT: so what was sent early is answered, and none of it runs.
 */
export function refuseEarlyTalker(session: SmtpSession): Answer {
  session.isRefused = true;
  return say(replies.earlyTalker);
}

async function askAndGreet(server: Server, session: SmtpSession): Promise<Answer> {
  const { decision, edits } = await ask(server, session, { event: 'onConnect', payload: {} });
  const refused = refusalOf(decision, session);
  if (refused) return refused;
  const text = edits.findLast((edit) => edit.kind === 'set-greeting')?.text;
  return welcome(server, text ?? usualText);
}

function welcome(server: Server, text: string): Answer {
  return say(replies.greeting(server.options.hostname, text));
}

/** A greeting knows three codes: 220, 554 (or 521, RFC 7504) and 421 (RFC 5321 §4.3.2). A sink's text and status stay. */
function refusalOf(decision: Decision, session: SmtpSession): Answer | null {
  if (decision.kind === 'defer' || decision.kind === 'disconnect') return sayAndClose(asGreeting(decision.reply));
  if (decision.kind !== 'reject') return null;
  session.isRefused = true;
  return say(asGreeting(decision.reply));
}

function asGreeting({ code, status, text }: Reply): Reply {
  if (code < 500) return { code: 421, status, text };
  return { code: code === 521 ? 521 : 554, status, text };
}
