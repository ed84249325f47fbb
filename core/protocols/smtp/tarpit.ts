import { setTimeout as wait } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';

/** Holds refusals back for as long as the options say; nothing else waits, and with no pause set nothing at all. */
export function slow(server: Server, session: SmtpSession, answer: Answer | Promise<Answer>): Answer | Promise<Answer> {
  const { tarpit } = server.options.limits;
  return tarpit === 0 ? answer : hold(answer, tarpit, session.signal);
}

async function hold(answer: Answer | Promise<Answer>, pause: number, signal: AbortSignal): Promise<Answer> {
  const made = await answer;
  if ('reply' in made && made.reply.code >= 400) await wait(pause, undefined, { signal }).catch(() => undefined);
  return made;
}
