import { createServer, type Server, type Socket } from 'node:net';
import { Fault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import type { ListenAddress } from './options.ts';

/** The right of one virtual server to an address it listens on. */
export type Lease = {
  /** Where it really listens: the port is the system's choice where 0 was asked for. */
  readonly local: ListenAddress;
  /** New connections go here from now on, those that came while nobody took them first. Cannot fail. */
  take(serve: (socket: Socket) => void): void;
  /** Gives the address up; twice does no harm. The socket is closed when nobody else has a lease on it. */
  release(): Promise<void>;
};

/**
 * The listening sockets of the process. One that is asked for again is shared and not bound anew, so an address moves
 * from one virtual server, or one configuration, to the next without refusing a connection.
 */
export type Listeners = {
  /** @throws Fault `server.listen`; its `reason` says who cannot listen where and why */
  open(virtualServer: string, address: ListenAddress): Promise<Lease>;
};

type Listening = {
  readonly server: Server;
  /** Nobody has taken the address yet: these wait. */
  readonly waiting: Socket[];
  serve: ((socket: Socket) => void) | null;
  leases: number;
};

/** Connections kept for a virtual server that is about to start; more are closed. */
const mostWaiting = 100;

export function createListeners(log: Log): Listeners {
  const open = new Map<string, Promise<Listening>>();

  async function openOnce(key: string, virtualServer: string, address: ListenAddress): Promise<Listening> {
    const before = open.get(key);
    if (before) return await before;
    const opening = listen(virtualServer, address, log);
    open.set(key, opening);
    // What failed may be tried again.
    opening.catch(() => open.delete(key));
    return await opening;
  }

  return {
    async open(virtualServer, address) {
      // Port 0 is another port for each virtual server, and the same one for each of its configurations.
      const key = `${address.port === 0 ? virtualServer : ''} ${formatAddress(address)}`;
      const listening = await openOnce(key, virtualServer, address);
      listening.leases += 1;
      return leaseOf(listening, address, () => void open.delete(key));
    },
  };
}

function leaseOf(listening: Listening, { address }: ListenAddress, onClose: () => void): Lease {
  const bound = listening.server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  let isHeld = true;
  return {
    local: { address, port },
    take(serve) {
      listening.serve = serve;
      for (const socket of listening.waiting.splice(0)) serve(socket);
    },
    async release() {
      if (!isHeld) return;
      isHeld = false;
      listening.leases -= 1;
      if (listening.leases > 0) return;
      onClose();
      for (const socket of listening.waiting.splice(0)) socket.destroy();
      // Connections stay: only the listening socket goes, and it goes at once.
      listening.server.close();
    },
  };
}

function listen(virtualServer: string, address: ListenAddress, log: Log): Promise<Listening> {
  const { promise, resolve, reject } = Promise.withResolvers<Listening>();
  const server = createServer({ noDelay: true });
  const listening: Listening = { server, waiting: [], serve: null, leases: 0 };
  server.on('connection', (socket) => {
    // A client that resets its connection before anybody serves it must not end the process.
    socket.on('error', () => undefined);
    if (listening.serve) listening.serve(socket);
    else if (listening.waiting.length < mostWaiting) listening.waiting.push(socket);
    else socket.destroy();
  });
  server.once('error', (cause) => reject(listenFault(virtualServer, address, cause)));
  server.listen({ host: address.address, port: address.port, backlog: 1_024, ipv6Only: true }, () => {
    // From here on, what accept() fails with: too many open files, mostly.
    server.on('error', (error) => log.error({ error, virtualServer, listen: formatAddress(address) }, 'accept failed'));
    resolve(listening);
  });
  return promise;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EACCES: 'this user may not; ports below 1024 need the capability CAP_NET_BIND_SERVICE or a port forwarding',
  EADDRNOTAVAIL: 'this machine has no such address',
};

function listenFault(virtualServer: string, address: ListenAddress, cause: Error): Fault {
  const code = 'code' in cause ? String(cause.code) : '';
  const where = formatAddress(address);
  const reason = `${virtualServer} cannot listen on ${where}: ${reasons[code] ?? cause.message}`;
  return new Fault('server.listen', { virtualServer, address: where, errno: code, reason }, cause);
}

/** `127.0.0.1:25`, `[::1]:25`. */
export function formatAddress({ address, port }: ListenAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
