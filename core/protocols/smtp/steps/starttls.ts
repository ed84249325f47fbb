import { say, type Answer } from '../answer.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';

/**
 * STARTTLS. What the client sent after it in the clear is thrown away by the engine (CVE-2011-0411), and the session
 * starts anew once TLS is up.
 *
 * @source RFC 3207 §4
 */
export function startTls(server: Server, session: SmtpSession, argument: string): Answer {
  if (argument !== '') return say(replies.noArgument('STARTTLS'));
  if (session.tls !== null) return say(replies.tlsActive);
  if (session.ehlo === null) return say(replies.noEhlo);
  if (!session.offers('STARTTLS')) return say(replies.notImplemented);
  // The certificate may have gone since EHLO announced it.
  if (server.tls() === null) return say(replies.tlsUnavailable);
  return { kind: 'start-tls', reply: replies.startTls };
}
