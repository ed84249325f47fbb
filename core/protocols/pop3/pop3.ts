import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { CurrentTls, ProtocolServer, Refusal } from '../../servers/protocol-server.ts';
import { openConnection, type Connection } from './connection.ts';
import { format } from './format.ts';
import type { Pop3Options } from './options.ts';
import { err } from './response.ts';
import type { Pop3Services, SessionParts } from './services.ts';

export type { Pop3Options, Pop3Services };

/** Told to those who are not served at all. */
const refusals = {
  'too-many-connections': 'too many connections, try again later',
  'too-many-from-address': 'too many connections from your address',
  paused: 'not available now, try again later',
  denied: 'no access from your address',
} as const satisfies Record<Refusal, string>;

/** The POP3 server of one virtual server. */
export type Pop3Server = ProtocolServer<Pop3Options>;

/**
 * Speaks POP3 (RFC 1939, 2449, 2595, 3206, 5034) on the sockets it is handed; TLS sockets where TLS is implicit.
 *
 * @param virtualServer its id
 * @param tls the certificate of the moment; STLS is offered while there is one
 */
export function createPop3Server(
  virtualServer: string,
  options: Pop3Options,
  tls: CurrentTls,
  services: Pop3Services,
): Pop3Server {
  const connections = new Set<Connection>();
  let current = options;
  const parts: SessionParts = {
    services,
    virtualServer,
    tls,
    get options() {
      return current;
    },
  };

  async function end(how: 'stop' | 'destroy'): Promise<void> {
    await Promise.all(
      [...connections].map((connection) => {
        connection[how]();
        return connection.ended;
      }),
    );
  }

  return {
    accept(socket: Socket) {
      const connection = openConnection(socket, parts);
      connections.add(connection);
      void connection.ended.then(() => connections.delete(connection));
    },
    refuse(socket, why) {
      socket.on('error', () => undefined); // a client that does not wait for it
      for (const piece of format(err(refusals[why], why === 'denied' ? 'SYS/PERM' : 'SYS/TEMP'))) socket.write(piece);
      socket.destroySoon();
    },
    get sessions() {
      return connections.size;
    },
    async drain(grace) {
      const timer = new AbortController();
      await Promise.race([end('stop'), wait(grace, undefined, { signal: timer.signal })]);
      timer.abort();
      await end('destroy');
    },
    configure(next) {
      current = next;
    },
    async [Symbol.asyncDispose]() {
      await end('destroy');
    },
  };
}
