import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import type { Config } from '../config/config.ts';
import { Fault } from '../errors.ts';
import type { PickupWanted } from '../pickup/pickup.ts';
import type { DeliveryParts } from '../delivery/agent.ts';
import { mostSpecific, plainRoute, type NextRoute, type RelayParts } from '../relay/relay.ts';
import { retryOptions } from '../relay/options.ts';

type Ways = Pick<DeliveryParts, 'routeTo' | 'policyOf'>;
type Route = Config['routes'][number];

/** Of a virtual server that is gone, or does not send. */
const usual = { retry: retryOptions.parse({}), maxHops: 50, reportCopyTo: null, masquerade: null };

/** How mail leaves, as the newest configuration says. Secrets are read when a route is first used. */
export function createWays(config: () => Config): Ways {
  const read = new WeakMap<Route, NextRoute>();
  return {
    routeTo(domain) {
      const found = mostSpecific(config().routes, domain);
      if (!found) return { route: plainRoute, retry: null };
      const route = read.get(found) ?? nextRoute(found);
      read.set(found, route);
      return { route, retry: found.retry };
    },
    policyOf(virtualServer) {
      const server = config().virtualServers.find(({ id }) => id === virtualServer);
      return server?.protocol === 'smtp' ? server : usual;
    },
  };
}

/** The folders virtual servers send mail from. */
export function pickupsOf(servers: Config['virtualServers']): readonly PickupWanted[] {
  return servers.flatMap((server) =>
    server.protocol === 'smtp' && server.pickup !== null
      ? [{ virtualServer: server.id, folder: server.pickup, largest: server.limits.size }]
      : [],
  );
}

function nextRoute({ smartHost, tls, auth, ...route }: Route): NextRoute {
  const { helo, connections, messagesPerConnection, octetsPerConnection } = route;
  const isDemanded = tls.mode === 'required' || tls.mode === 'implicit';
  const ca = tls.ca === null ? null : readSecret(tls.ca);
  const password = auth && passwordOf(auth);
  return {
    hosts: smartHost,
    tls: { mode: tls.mode, verify: tls.verify ?? isDemanded, ca },
    auth: auth && { user: auth.user, password: password ?? '' },
    helo,
    connections,
    messagesPerConnection,
    octetsPerConnection,
  };
}

function passwordOf({ passwordEnv, passwordFile }: NonNullable<Route['auth']>): string {
  if (passwordFile !== undefined) return readSecret(passwordFile).split(/\r?\n/, 1)[0] ?? '';
  const found = process.env[passwordEnv ?? ''];
  if (found === undefined) throw new Fault('config.unreadable', { reason: `no environment variable ${passwordEnv}` });
  return found;
}

/** @throws Fault `config.unreadable`: mail waits until it can be read */
function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault('config.unreadable', { file }, cause);
  }
}

/**
 * Says whether a next hop is this Sluice: by the name of one of its servers, or as an address it listens on.
 *
 * @param listening `127.0.0.1:2525`, `[::]:25` …: of the servers that run
 */
export function createIsOurs(config: () => Config, listening: () => readonly string[]): RelayParts['isOurs'] {
  return (hop) => {
    if (!('address' in hop)) return isOwnName(config(), hop.name);
    const own = listening();
    if (own.includes(`${hop.address}:${hop.port}`) || own.includes(`[${hop.address}]:${hop.port}`)) return true;
    const isAnywhere = own.includes(`0.0.0.0:${hop.port}`) || own.includes(`[::]:${hop.port}`);
    return isAnywhere && isOwnAddress(hop.address);
  };
}

function isOwnName({ virtualServers }: Config, name: string): boolean {
  const own = virtualServers.flatMap((server) => (server.protocol === 'smtp' ? [server.hostname ?? hostname()] : []));
  return own.some((one) => one.toLowerCase() === name.toLowerCase());
}

function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address) ?? false);
}
