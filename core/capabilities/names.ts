import { lookup, Resolver } from 'node:dns/promises';
import type { DnsOptions } from './options.ts';

/** The domain name system as this machine reaches it: one resolver of our own, which no other part of Node shares. */
export type Names = {
  readonly resolver: Resolver;
  /** The addresses a connection to a host may go to. @throws what node:dns throws when there are none */
  addressesOf(host: string): Promise<readonly string[]>;
};

/**
 * Without `servers`, `addressesOf` asks as every program of the machine does, its hosts file first. That uses a thread
 * of libuv's pool; libuv itself keeps slow lookups from taking more than half of it.
 */
export function openNames({ servers, timeout, tries }: DnsOptions): Names {
  const resolver = new Resolver({ timeout, tries });
  if (servers) resolver.setServers(servers);
  return {
    resolver,
    async addressesOf(host) {
      if (!servers) return (await lookup(host, { all: true })).map(({ address }) => address);
      const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      const [failed] = found.flatMap((one): readonly unknown[] => (one.status === 'rejected' ? [one.reason] : []));
      if (addresses.length === 0) throw failed;
      return addresses;
    },
  };
}
