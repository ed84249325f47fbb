import { setMaxListeners } from 'node:events';
import { cacheDns } from './dns/cache.ts';
import { openDns, type Dns } from './dns/resolver.ts';
import { Destination } from './destination.ts';
import type { RelayHooks } from './hooks.ts';
import type { RelayMail, RelayResult } from './mail.ts';
import { findByDomain, findHosts, type Hop, type NextHops } from './next-hops.ts';
import type { NextRoute } from './next-route.ts';
import type { RelayOptions } from './options.ts';

export { noHooks, type RelayHooks, type RelaySession } from './hooks.ts';
export type { RelayMail, RelayResult } from './mail.ts';
export { mostSpecific, plainRoute, type NextRoute } from './next-route.ts';

/** Where a message goes: the domain in lower case, and the way there. */
export type Target = { readonly domain: string; readonly route: NextRoute };

/** Hands mail to other hosts. Disposing of it says goodbye to those it still has a session with. */
export type Relay = Disposable & {
  /**
   * Hands one message to one destination.
   *
   * @returns what became of each recipient; `busy` when it was not tried: too much is under way, there or altogether
   */
  send(target: Target, mail: RelayMail, hooks: RelayHooks): Promise<readonly RelayResult[] | 'busy'>;
  /** Tries a destination that was down at the next message; all of them without a name. */
  retry(destination: string | null): void;
  /** Messages under way. */
  readonly pending: number;
};

export type RelayParts = {
  readonly options: () => RelayOptions;
  /** Whether a host of that name, or a listener at that address, is this Sluice. */
  isOurs(hop: { readonly name: string } | Hop): boolean;
  readonly now: () => number;
  readonly random: () => number;
  readonly randomId: () => string;
};

/** Destinations that rest or keep a session are remembered; more than this many are forgotten, idle ones first. */
const most = 5_000;

export function createRelay(parts: RelayParts): Relay {
  const destinations = new Map<string, Destination>();
  const dns = followOptions(parts);
  const stop = new AbortController();
  // One listener for each connection.
  setMaxListeners(0, stop.signal);
  let pending = 0;

  function destinationOf({ domain, route }: Target, virtualServer: string): Destination {
    const key = keyOf({ domain, route }, virtualServer);
    const known = destinations.get(key);
    if (known) return known;
    if (destinations.size >= most) forgetIdle(destinations);
    const made = new Destination({
      ...parts,
      route,
      connectTimeout: parts.options().connectTimeout,
      signal: stop.signal,
      rest: parts.options().rest,
      nextHops: () => nextHops(parts, dns(), { domain, route }),
    });
    destinations.set(key, made);
    return made;
  }

  return {
    async send(target, mail, hooks) {
      const destination = destinationOf(target, mail.virtualServer);
      if (pending >= parts.options().concurrency || !destination.hasRoom) return 'busy';
      pending += 1;
      try {
        return await destination.send(mail, hooks);
      } finally {
        pending -= 1;
      }
    },
    retry(name) {
      for (const [key, destination] of destinations) {
        if (name === null || key.startsWith(`${name} `)) destination.retry();
      }
    },
    get pending() {
      return pending;
    },
    [Symbol.dispose]() {
      for (const destination of destinations.values()) destination[Symbol.dispose]();
      destinations.clear();
      stop.abort();
      dns()[Symbol.dispose]();
    },
  };
}

/** The name operators know a destination by: its smart host, else the domain. */
export function destinationName({ domain, route: { hosts } }: Target): string {
  return hosts?.[0] ? `${hosts[0].host}:${hosts[0].port}` : domain;
}

/** A change of the route, or of who we are, is another destination: sessions are not shared between them. */
function keyOf(target: Target, virtualServer: string): string {
  return `${destinationName(target)} ${virtualServer} ${JSON.stringify(target.route)}`;
}

function nextHops(parts: RelayParts, dns: Dns, { domain, route }: Target): Promise<NextHops> {
  const { port, addressLiterals } = parts.options();
  const asked = {
    dns,
    port,
    addressLiterals,
    isOurs: (hop: { name: string } | Hop) => parts.isOurs(hop),
    random: parts.random,
  };
  return route.hosts ? findHosts(asked, route.hosts) : findByDomain(asked, domain);
}

/** The resolver of the newest options. */
function followOptions({ options, now }: RelayParts): () => Dns & Disposable {
  let current: { readonly from: RelayOptions['dns']; readonly dns: Dns & Disposable } | null = null;
  return () => {
    const { dns: from } = options();
    if (current && JSON.stringify(current.from) === JSON.stringify(from)) return current.dns;
    current?.dns[Symbol.dispose]();
    const opened = openDns({ ...from, tries: 2 });
    current = { from, dns: { ...cacheDns(opened, now), [Symbol.dispose]: () => opened[Symbol.dispose]() } };
    return current.dns;
  };
}

function forgetIdle(destinations: Map<string, Destination>): void {
  for (const [key, destination] of destinations) if (destination.isIdle) destinations.delete(key);
}
