import type { Edit } from '../../../sdk/edits.ts';
import { refusalOf, say, type Answer } from './answer.ts';
import { ask, isAsked } from './ask.ts';
import { replies } from './replies.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';
import { refuseChunk } from './steps/bdat.ts';

type Asked = {
  /** Upper case. */
  readonly verb: string;
  readonly argument: string;
  /** Whether there is a step for it. */
  readonly isKnown: boolean;
};

/** Runs the step; with what EHLO is to announce beside its own. */
type Run = (edits: readonly Edit[]) => Answer | Promise<Answer>;

/** Answered like this or like that, they leave session and connection as they are: a sink may speak for us. */
const harmless = new Set(['NOOP', 'HELP', 'VRFY', 'EXPN']);

/** Asks onCommand, where any binding of this virtual server wants it, and then runs the command or not. */
export function overseen(server: Server, session: SmtpSession, asked: Asked, run: Run): Answer | Promise<Answer> {
  const generation = session.transaction?.generation ?? server.services.generation();
  return isAsked(server, 'onCommand', generation) ? askAndRun(server, session, asked, run) : run([]);
}

async function askAndRun(server: Server, session: SmtpSession, asked: Asked, run: Run): Promise<Answer> {
  const { verb, isKnown } = asked;
  const argument = verb === 'AUTH' ? (asked.argument.split(' ', 1)[0] ?? '') : asked.argument;
  const payload = { verb, argument, known: isKnown };
  const { decision, edits, by } = await ask(server, session, { event: 'onCommand', payload });
  const refused = refusalOf(decision);
  // The octets of a chunk come whatever we say, and are no commands.
  if (refused?.kind === 'reply' && verb === 'BDAT') return refuseChunk(session, asked.argument, refused.reply);
  if (refused) return refused;
  const complain = (what: string): void => {
    server.services.log.warn({ binding: by?.key, verb, virtualServer: server.id }, what);
  };
  if (decision.kind === 'reply') {
    if (!isKnown || harmless.has(verb)) return say(decision.reply);
    complain('a sink answered a command that only the server can answer');
    return say(replies.misconfigured);
  }
  const announced = edits.filter(({ kind }) => kind === 'add-capability' || kind === 'hide-capability');
  if (announced.length > 0 && verb !== 'EHLO') complain('capabilities can be edited when EHLO comes, not now');
  return run(announced);
}
