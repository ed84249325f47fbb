import { sayAndClose, type Answer } from '../answer.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';

/** Octets of a chunk we wait for; whoever announces more is hung up on. */
const largestChunk = 2 ** 31;

/**
 * CHUNKING is not offered, but the octets of the chunk come all the same and must not be taken for commands: they are
 * thrown away before the refusal goes out. Where their number cannot be told, nothing after it can be believed.
 *
 * @source RFC 3030 §2
 */
export function bdat(_: Server, session: SmtpSession, argument: string): Answer {
  session.reset();
  const [, digits] = /^(\d{1,10})(?: +LAST)?$/i.exec(argument) ?? [];
  const octets = Number(digits ?? Number.NaN);
  if (!(octets <= largestChunk)) return sayAndClose(replies.chunkSyntax);
  return { kind: 'swallow', octets, reply: replies.chunkingNotOffered };
}
