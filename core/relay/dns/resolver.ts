import { Resolver } from 'node:dns/promises';

/** What was asked of the DNS, and what came of it. `none`: the name is there without such records; `missing`: it is not. */
export type Looked<T> =
  | { readonly kind: 'found'; readonly records: readonly T[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'missing' }
  /** Nobody answered in time, or not sensibly: it may be there later. */
  | { readonly kind: 'failed' };

export type MailExchange = { readonly preference: number; readonly host: string };

/** The questions a relay has. Names are in ASCII (RFC 5890 A-labels). */
export type Dns = {
  mx(name: string): Promise<Looked<MailExchange>>;
  /** IPv6 first. */
  addresses(name: string): Promise<Looked<string>>;
};

export type DnsOptions = {
  /** `192.0.2.1` or `192.0.2.1:5353`; none: those of the system. */
  readonly servers: readonly string[];
  /** Milliseconds for one try. */
  readonly timeout: number;
  readonly tries: number;
};

/** Asks the servers given, never the hosts file: what a next hop is called is a matter of the DNS. */
export function openDns({ servers, timeout, tries }: DnsOptions): Dns & Disposable {
  const resolver = new Resolver({ timeout, tries });
  if (servers.length > 0) resolver.setServers(servers);
  return {
    async mx(name) {
      const looked = await look(resolver.resolveMx(name));
      if (looked.kind !== 'found') return looked;
      const records = looked.records.map(({ priority, exchange }) => ({ preference: priority, host: exchange }));
      return { kind: 'found', records };
    },
    async addresses(name) {
      const [six, four] = await Promise.all([look(resolver.resolve6(name)), look(resolver.resolve4(name))]);
      const records = [six, four].flatMap((one) => (one.kind === 'found' ? one.records : []));
      if (records.length > 0) return { kind: 'found', records };
      if (six.kind === 'failed' || four.kind === 'failed') return { kind: 'failed' };
      return six.kind === 'missing' ? six : { kind: 'none' };
    },
    [Symbol.dispose]: () => resolver.cancel(),
  };
}

async function look<T>(asking: Promise<readonly T[]>): Promise<Looked<T>> {
  try {
    const records = await asking;
    return records.length > 0 ? { kind: 'found', records } : { kind: 'none' };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null;
    if (code === 'ENODATA') return { kind: 'none' };
    return { kind: code === 'ENOTFOUND' ? 'missing' : 'failed' };
  }
}
