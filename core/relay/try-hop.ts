import { reply, type Reply } from '../../sdk/reply.ts';
import { asFault, type Fault } from '../errors.ts';
import { openSession, type Session, type SessionOptions } from './client/session.ts';
import type { Hop } from './next-hops.ts';

type Tried = { readonly session: Session } | { readonly reply: Reply; readonly host: string };

export const noHost = reply(451, '4.1', 'No host of the next hop takes a connection');

/** A session with a host, or what it, or a sink, or the network said against it. Never rejects. */
export async function tryHop(hop: Hop, options: SessionOptions): Promise<Tried> {
  try {
    let opened = await openSession(hop, options).catch((thrown: unknown) => {
      // A handshake that fails is no reason to keep mail where TLS is not demanded (RFC 7435).
      if (asFault(thrown).code !== 'relay.tls' || options.route.tls.mode !== 'opportunistic') throw thrown;
      return null;
    });
    opened ??= await openSession(hop, {
      ...options,
      route: { ...options.route, tls: { ...options.route.tls, mode: 'none' } },
    });
    if (opened.kind === 'session') return { session: opened.session };
    return { reply: opened.reply, host: hop.name };
  } catch (thrown) {
    return { reply: replyTo(asFault(thrown)), host: hop.name };
  }
}

/** RFC 3463 §3.5: what went wrong on the way, for the record and the report. */
export function replyTo({ code }: Fault): Reply {
  if (code === 'relay.connect') return noHost;
  if (code === 'relay.tls') return reply(454, '7.5', 'TLS with the next host did not come about');
  if (code === 'relay.timeout') return reply(451, '4.2', 'The next host did not answer in time');
  if (code === 'relay.lost') return reply(451, '4.2', 'The connection to the next host was lost');
  if (code === 'relay.protocol') return reply(451, '5.0', 'What the next host answers is no SMTP');
  return reply(451, '3.0', 'The message could not be handed on');
}
