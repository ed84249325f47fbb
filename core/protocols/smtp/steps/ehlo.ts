import { refusalOf, say, type Answer, type Step } from '../answer.ts';
import { ask, isAsked } from '../ask.ts';
import { editCapabilities, keywordsOf, ownCapabilities } from '../capabilities.ts';
import { isDomain } from '../domain.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';

/** @source RFC 5321 §4.1.1.1, §4.1.4 */
export const ehlo: Step = (server, session, domain, edits) => {
  if (!isAcceptable(domain)) return say(replies.ehloSyntax('EHLO'));
  const capabilities = editCapabilities(ownCapabilities(server, session), edits);
  return introduce(server, session, { verb: 'EHLO', domain, capabilities });
};

/** @source RFC 5321 §4.1.1.1 */
export const helo: Step = (server, session, domain) =>
  isAcceptable(domain)
    ? introduce(server, session, { verb: 'HELO', domain, capabilities: [] })
    : say(replies.ehloSyntax('HELO'));

function introduce(server: Server, session: SmtpSession, introduction: Introduction): Answer | Promise<Answer> {
  if (!isAsked(server, 'onEhlo', server.services.generation())) return welcome(server, session, introduction);
  return askAndWelcome(server, session, introduction);
}

type Introduction = {
  readonly verb: 'EHLO' | 'HELO';
  readonly domain: string;
  readonly capabilities: readonly string[];
};

async function askAndWelcome(server: Server, session: SmtpSession, introduction: Introduction): Promise<Answer> {
  // EHLO ends a transaction, but only if it succeeds: until then the session stays what it was (RFC 5321 §4.1.4).
  const { decision, edits } = await ask(server, session, { event: 'onEhlo', payload: introduction });
  const refused = refusalOf(decision);
  if (refused) return refused;
  const capabilities = introduction.verb === 'EHLO' ? editCapabilities(introduction.capabilities, edits) : [];
  return welcome(server, session, { ...introduction, capabilities });
}

function welcome(server: Server, session: SmtpSession, { verb, domain, capabilities }: Introduction): Answer {
  session.introduce(domain, verb === 'EHLO' ? keywordsOf(capabilities) : null);
  return say(replies.capabilities([server.options.hostname, ...capabilities]));
}

/**
 * A domain or address literal, or what comes close to one and does no harm in a Received field.
 *
 * QUIRK: machines whose name has an underscore, and bare IPv6 addresses.
 */
function isAcceptable(domain: string): boolean {
  return isDomain(domain) || /^[A-Za-z0-9._:-]{1,255}$/.test(domain);
}
