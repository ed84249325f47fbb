import { setTimeout as wait } from 'node:timers/promises';
import type { CurrentTls, ProtocolServer, Refusal } from '../../servers/protocol-server.ts';
import { Conversation } from './conversation.ts';
import { createEngine } from './engine.ts';
import { formatReply, replies } from './replies.ts';
import type { SmtpOptions, SmtpServices } from './services.ts';

export type { SmtpOptions, SmtpServices } from './services.ts';

/** How long a client that is not served has to read why. */
const refusalGrace = 5_000;

const refusals = {
  'too-many-connections': replies.tooManyConnections,
  'too-many-from-address': replies.tooManyFromAddress,
  paused: replies.paused,
  denied: replies.accessDenied,
} as const satisfies Record<Refusal, unknown>;

/**
 * Speaks SMTP (RFC 5321) on the connections of one virtual server.
 *
 * @param id of the virtual server
 * @param tls the certificate of the moment; STARTTLS is offered while there is one
 */
export function createSmtpServer(
  id: string,
  options: SmtpOptions,
  tls: CurrentTls,
  services: SmtpServices,
): ProtocolServer<SmtpOptions> {
  const server = { id, options, tls, services };
  const conversations = new Set<Conversation>();
  let onEmpty: (() => void) | null = null;

  const engine = createEngine({
    hostname: options.hostname,
    idle: options.limits.idle,
    tls,
    converse(wire) {
      const conversation = new Conversation(server, wire, () => {
        conversations.delete(conversation);
        if (conversations.size === 0) onEmpty?.();
      });
      conversations.add(conversation);
      return conversation;
    },
    onTrouble: (error) => services.log.debug({ error, virtualServer: id }, 'smtp: a connection failed'),
  });

  async function drain(grace: number): Promise<void> {
    if (conversations.size === 0) return;
    const { promise: empty, resolve } = Promise.withResolvers<void>();
    onEmpty = resolve;
    for (const conversation of conversations) conversation.drain();
    const timer = new AbortController();
    await Promise.race([empty, wait(grace, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    for (const conversation of conversations) conversation.destroy();
    await empty;
  }

  return {
    accept: (socket) => engine.accept(socket),
    refuse(socket, why) {
      socket.on('error', () => undefined);
      socket.resume().end(formatReply(refusals[why]));
      socket.setTimeout(refusalGrace, () => socket.destroy());
    },
    get sessions() {
      return conversations.size;
    },
    drain,
    configure(next) {
      server.options = next;
      engine.configure(next.limits.idle);
    },
    [Symbol.asyncDispose]: () => drain(0),
  };
}
