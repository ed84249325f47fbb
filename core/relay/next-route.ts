import type { ConnectionOptions } from 'node:tls';
import type { Host } from './next-hops.ts';

/** How a connection is protected. `verify`: the certificate has to be one that `Hop.name` may have. */
export type TlsPolicy = {
  readonly mode: 'opportunistic' | 'required' | 'none' | 'implicit';
  readonly verify: boolean;
  /** PEM; null: the authorities of the system. */
  readonly ca: string | null;
};

/** Who we are to a host that wants to know. */
export type Credentials = { readonly user: string; readonly password: string };

/** The way mail for a domain takes. */
export type NextRoute = {
  /** Null: by MX. */
  readonly hosts: readonly Host[] | null;
  readonly tls: TlsPolicy;
  readonly auth: Credentials | null;
  readonly helo: boolean;
  readonly connections: number;
  readonly messagesPerConnection: number;
  readonly octetsPerConnection: number;
};

/** The way without any configuration. */
export const plainRoute: NextRoute = {
  hosts: null,
  tls: { mode: 'opportunistic', verify: false, ca: null },
  auth: null,
  helo: false,
  connections: 20,
  messagesPerConnection: 1_000,
  octetsPerConnection: 2 ** 30,
};

/**
 * The entry whose pattern names the domain most closely: itself, then `*.` of the longest parent, then `*`.
 *
 * @param domain in lower case
 * @returns null when none does
 */
export function mostSpecific<T extends { readonly domain: string }>(entries: readonly T[], domain: string): T | null {
  const byPattern = new Map(entries.map((entry) => [entry.domain, entry]));
  const exact = byPattern.get(domain);
  if (exact) return exact;
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
    const wild = byPattern.get(`*${domain.slice(dot)}`);
    if (wild) return wild;
  }
  return byPattern.get('*') ?? null;
}

/** What node:tls is given. A host is greeted by name (SNI) unless it has none. */
export function tlsOptions({ verify, ca }: TlsPolicy, name: string, isName: boolean): ConnectionOptions {
  return {
    rejectUnauthorized: verify,
    minVersion: 'TLSv1.2',
    ...(ca !== null && { ca }),
    ...(isName && { servername: name }),
  };
}
