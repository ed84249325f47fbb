import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { channelBindingsOf, type ChannelBindings } from '../../auth/channel-bindings.ts';
import type { Session } from '../../../sdk/context.ts';

/** Who is at the other end; what of an event's session does not change during a connection. */
export type Client = Pick<Session, 'remote' | 'local' | 'tls'> & {
  /** What ties a login to the TLS connection; null without. */
  readonly bindings: ChannelBindings | null;
};

/** Reads the addresses of a connected socket; empty when the client has gone already. */
export function clientOf(socket: Socket): Client {
  return {
    remote: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    tls: socket instanceof TLSSocket ? { version: socket.getProtocol() ?? '', cipher: socket.getCipher().name } : null,
    bindings: socket instanceof TLSSocket ? channelBindingsOf(socket) : null,
  };
}
