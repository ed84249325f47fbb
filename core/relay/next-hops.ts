import { isIP, isIPv4, isIPv6 } from 'node:net';
import { reply, type Reply } from '../../sdk/reply.ts';
import type { Dns, MailExchange } from './dns/resolver.ts';

/** Where a connection may be opened to. `name` is what its certificate has to say. */
export type Hop = { readonly name: string; readonly address: string; readonly port: number };

/** A host a route names: an address, or a name that has addresses. */
export type Host = { readonly host: string; readonly port: number };

/** Where mail for a domain goes, best first; or why it goes nowhere, for good (5yz) or for now (4yz). */
export type NextHops =
  | { readonly kind: 'hops'; readonly hops: readonly Hop[] }
  | { readonly kind: 'none'; readonly reply: Reply };

export type NextHopParts = {
  readonly dns: Dns;
  /** The port of hosts found by MX: 25. */
  readonly port: number;
  /** Whether `user@[192.0.2.1]` is delivered to that address. */
  readonly addressLiterals: boolean;
  /** Whether a host of that name, or a listener at that address, is this Sluice. */
  isOurs(hop: { readonly name: string } | Hop): boolean;
  /** From 0 to 1: hosts of the same preference are tried in any order (RFC 5321 §5.1). */
  readonly random: () => number;
};

/** Hosts looked up, and addresses tried, for one attempt. */
const mostHosts = 8;
const mostHops = 12;

const noDomain = reply(550, '1.2', 'The domain of the recipient does not exist');
const nullMx = reply(556, '1.10', 'The domain of the recipient takes no mail');
const noHost = reply(550, '4.4', 'No mail server of the domain has an address');
const loop = reply(554, '4.6', 'Mail for this domain would come back to this server');
const dnsFailed = reply(451, '4.3', 'The domain of the recipient could not be looked up');
const noLiteral = reply(550, '1.2', 'Mail to an address literal is not relayed here');

/**
 * Finds the hosts that take mail for a domain.
 *
 * @source RFC 5321 §5.1 (MX, implicit MX, removing ourselves), RFC 7505 (null MX)
 */
export async function findByDomain(parts: NextHopParts, domain: string): Promise<NextHops> {
  if (domain.startsWith('[')) return literalHop(parts, domain);
  const looked = await parts.dns.mx(domain);
  if (looked.kind === 'failed') return none(dnsFailed);
  if (looked.kind === 'missing') return none(noDomain);
  if (looked.kind === 'none') return await hopsOf(parts, [{ host: domain, port: parts.port }], noDomain);
  const { records } = looked;
  if (records.every(({ host }) => host === '' || host === '.')) return none(nullMx);
  const exchanges = beforeOurs(parts, inOrder(records, parts.random));
  if (exchanges.length === 0) return none(loop);
  return await hopsOf(
    parts,
    exchanges.map(({ host }) => ({ host, port: parts.port })),
    noHost,
  );
}

/** The hosts a route names, in its order. */
export async function findHosts(parts: NextHopParts, hosts: readonly Host[]): Promise<NextHops> {
  return await hopsOf(parts, hosts, reply(451, '4.4', 'The smart host has no address'));
}

const none = (why: Reply): NextHops => ({ kind: 'none', reply: why });

function literalHop(parts: NextHopParts, domain: string): NextHops {
  const inner = domain.slice(1, -1).replace(/^ipv6:/i, '');
  if (!parts.addressLiterals || isIP(inner) === 0) return none(noLiteral);
  const hop = { name: inner, address: inner, port: parts.port };
  return parts.isOurs(hop) ? none(loop) : { kind: 'hops', hops: [hop] };
}

/** By preference; an exchange that is no name, such as an address, is left out. */
function inOrder(records: readonly MailExchange[], random: () => number): readonly MailExchange[] {
  return records
    .filter(({ host }) => host !== '' && host !== '.' && isIP(host) === 0)
    .map((record) => ({ record, at: random() }))
    .toSorted((a, b) => a.record.preference - b.record.preference || a.at - b.at)
    .map(({ record }) => record);
}

/** Where we are one of them, those as far or farther than we are would send it back to us. */
function beforeOurs(parts: NextHopParts, exchanges: readonly MailExchange[]): readonly MailExchange[] {
  const own = exchanges.find(({ host }) => parts.isOurs({ name: host }));
  return own ? exchanges.filter(({ preference }) => preference < own.preference) : exchanges;
}

async function hopsOf(parts: NextHopParts, hosts: readonly Host[], nobody: Reply): Promise<NextHops> {
  const hops: Hop[] = [];
  let [isFailed, isLoop] = [false, false];
  for (const { host, port } of hosts.slice(0, mostHosts)) {
    const found = await addressesOf(parts.dns, host);
    if (found === null) isFailed = true;
    const all = (found ?? []).map((address) => ({ name: host, address, port }));
    if (all.some((hop) => parts.isOurs(hop))) {
      isLoop = true;
      break;
    }
    hops.push(...all);
  }
  if (hops.length > 0) return { kind: 'hops', hops: hops.slice(0, mostHops) };
  return none(isLoop ? loop : isFailed ? dnsFailed : nobody);
}

/** @returns null when it could not be asked */
async function addressesOf(dns: Dns, host: string): Promise<readonly string[] | null> {
  if (isIPv4(host) || isIPv6(host)) return [host];
  const looked = await dns.addresses(host);
  if (looked.kind === 'failed') return null;
  return looked.kind === 'found' ? looked.records : [];
}
