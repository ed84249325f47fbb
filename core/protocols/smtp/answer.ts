import type { Decision } from '../../../sdk/decisions.ts';
import type { Edit } from '../../../sdk/edits.ts';
import type { ContentReceiver } from './content-receiver.ts';
import type { CommandLine } from './line-reader.ts';
import type { ServerReply } from './replies.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';

/** What a step makes of a command: a reply, and what becomes of the connection. */
export type Answer =
  | { readonly kind: 'reply'; readonly reply: ServerReply }
  /** The reply is the last one. */
  | { readonly kind: 'close'; readonly reply: ServerReply }
  /** After the reply comes the TLS handshake. */
  | { readonly kind: 'start-tls'; readonly reply: ServerReply }
  /** After the reply comes content, up to CRLF.CRLF. */
  | { readonly kind: 'content'; readonly reply: ServerReply; readonly receiver: ContentReceiver }
  /** A chunk of content is coming already; `conclude` answers when it is here. */
  | { readonly kind: 'chunk'; readonly receiver: ContentReceiver; readonly conclude: () => Answer | Promise<Answer> }
  /** After the reply comes one line that is no command, as a SASL response. */
  | { readonly kind: 'line'; readonly reply: ServerReply; readonly take: TakeLine }
  /** So many octets are thrown away before the reply. */
  | { readonly kind: 'swallow'; readonly octets: number; readonly reply: ServerReply };

/** What happens at a line that is no command. */
export type TakeLine = (line: CommandLine) => Answer | Promise<Answer>;

/**
 * What happens at one command. `argument` is what follows the verb, without the space and trailing white space;
 * `edits` are of the capabilities EHLO announces.
 */
export type Step = (
  server: Server,
  session: SmtpSession,
  argument: string,
  edits: readonly Edit[],
) => Answer | Promise<Answer>;

export const say = (reply: ServerReply): Answer => ({ kind: 'reply', reply });
export const sayAndClose = (reply: ServerReply): Answer => ({ kind: 'close', reply });

/** @returns how a sink's decision against the client is put to it; null when the decision lets it go on */
export function refusalOf(decision: Decision): Answer | null {
  if (decision.kind === 'disconnect') return sayAndClose(decision.reply);
  return decision.kind === 'reject' || decision.kind === 'defer' ? say(decision.reply) : null;
}
