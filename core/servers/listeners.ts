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
  release(): void;
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
};

/** An address that is bound, or about to be. */
type Entry = { readonly opening: Promise<Listening>; leases: number };

/** Connections kept for a virtual server that is about to start; more are closed. */
const mostWaiting = 100;

export function createListeners(log: Log): Listeners {
  const entries = new Map<string, Entry>();

  /** Whoever gives up the last lease closes. */
  function giveUp(key: string, entry: Entry): boolean {
    entry.leases -= 1;
    if (entry.leases === 0) entries.delete(key);
    return entry.leases === 0;
  }

  return {
    async open(virtualServer, address) {
      // Port 0 is another port for each virtual server, and the same one for each of its configurations.
      // Whether it begins with TLS is up to whoever serves it.
      const key = `${address.port === 0 ? virtualServer : ''} ${placeOf(address)}`;
      const entry = entries.get(key) ?? { opening: listen(virtualServer, address, log), leases: 0 };
      entries.set(key, entry);
      entry.leases += 1;
      try {
        return leaseOf(await entry.opening, address, () => giveUp(key, entry));
      } catch (fault) {
        giveUp(key, entry);
        throw fault;
      }
    },
  };
}

/** @param giveUp whether it was the last lease */
function leaseOf(listening: Listening, asked: ListenAddress, giveUp: () => boolean): Lease {
  const bound = listening.server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  let isHeld = true;
  return {
    local: { ...asked, port },
    take(serve) {
      listening.serve = serve;
      for (const socket of listening.waiting.splice(0)) serve(socket);
    },
    release() {
      const isLast = isHeld && giveUp();
      isHeld = false;
      if (!isLast) return;
      for (const socket of listening.waiting.splice(0)) socket.destroy();
      // Connections stay: only the listening socket goes, and it goes at once.
      listening.server.close();
    },
  };
}

function listen(virtualServer: string, address: ListenAddress, log: Log): Promise<Listening> {
  const { promise, resolve, reject } = Promise.withResolvers<Listening>();
  const server = createServer({ noDelay: true });
  const listening: Listening = { server, waiting: [], serve: null };
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

/** `127.0.0.1:25`, `[::1]:25`, `tls://0.0.0.0:465`. */
export function formatAddress(address: ListenAddress): string {
  return address.tls ? `tls://${placeOf(address)}` : placeOf(address);
}

function placeOf({ address, port }: ListenAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
