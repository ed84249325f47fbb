import { BlockList, isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Session } from '../../../sdk/context.ts';

/** Who is at the other end; what of an event's session does not change during a connection. */
export type Client = Pick<Session, 'remote' | 'local' | 'tls'>;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Reads the addresses of a connected socket; empty when the client has gone already. */
export function clientOf(socket: Socket): Client {
  return {
    remote: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    tls: socket instanceof TLSSocket ? { version: socket.getProtocol() ?? '', cipher: socket.getCipher().name } : null,
  };
}

/** Whether nobody but this machine can read what the client sends. */
export function isPrivate({ remote, tls }: Client): boolean {
  if (tls !== null) return true;
  const family = isIP(remote.address);
  return family !== 0 && loopback.check(remote.address, family === 6 ? 'ipv6' : 'ipv4');
}
