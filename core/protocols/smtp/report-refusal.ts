import { tell } from './ask.ts';
import { note } from './notes.ts';
import type { ServerReply } from './replies.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';

/** What is answered; errors and refusals are noted under the message it was about. */
export type About = { readonly verb: string; readonly traceId: string };

/** Tells trace and sinks of a refusal. @returns whether the reply was one, for syntax or sequence (x.5.x) */
export function reportRefusal(server: Server, session: SmtpSession, about: About, reply: ServerReply): boolean {
  if (reply.code < 400 || reply.status === null) return false;
  const { code, status, text } = reply;
  const traceId = session.transaction?.traceId ?? about.traceId;
  note(server, traceId, { event: about.verb, decision: 'refused', detail: `${code} ${status} ${text}` });
  tell(server, session, 'onReject', { verb: about.verb, reply: { code, status, text } });
  return status.slice(1, 4) === '.5.' && code >= 500;
}
