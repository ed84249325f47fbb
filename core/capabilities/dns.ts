import type { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { DnsAnswer, DnsRecords, DnsType } from '../../sdk/capabilities/dns.ts';
import type { Capability, HostCall } from './capability.ts';
import { reverseName } from './dns/reverse-name.ts';
import type { LimitCounts } from './limit-counts.ts';

export type DnsParts = {
  readonly resolver: Resolver;
  readonly limits: LimitCounts;
  /** Ends what is under way when it says so. @returns undefined when the time is over first */
  readonly within: <T>(promise: Promise<T>, until: number) => Promise<T | undefined>;
};

/** Records of one answer, and characters of one record. */
const most = { records: 100, characters: 4096, underWay: 256 };

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const name = z
  .string()
  .max(254)
  .transform((text) => text.toLowerCase().replace(/\.$/, ''))
  .refine((text) => isIP(text) > 0 || new RegExp(`^${label}(?:\\.${label})*$`).test(text), 'expected a name in ASCII');
const resolve = z.tuple([name, z.enum(['A', 'AAAA', 'MX', 'TXT', 'PTR'])]);

/** `dns`: asks name servers, never a file. What they say is data of strangers; it is bounded and nothing else. */
export function dnsCapability({ resolver, limits, within }: DnsParts): Capability<'dns'> {
  let underWay = 0;
  const ask = async (call: HostCall<'dns'>, host: string, type: DnsType): Promise<DnsAnswer<never>> => {
    if (underWay >= most.underWay) {
      limits.hit(call, `dns questions under way, at most ${most.underWay}`);
      return { kind: 'failed', reason: 'busy' };
    }
    underWay += 1;
    const asked = recordsOf(resolver, host, type).finally(() => (underWay -= 1));
    try {
      const records = await within(asked, call.until);
      if (records === undefined) return { kind: 'failed', reason: 'timeout' };
      if (records.length === 0) return { kind: 'none' };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of the record goes by the type asked for
      return { kind: 'found', records: records.slice(0, most.records) as never[] };
    } catch (cause) {
      return outcomeOf(cause);
    }
  };
  return {
    async resolve(call, args) {
      const [host, type] = resolve.parse(args);
      if (isIP(host) === 0) return await ask(call, host, type);
      if (type !== 'PTR') throw new RangeError('an IP address is asked for with PTR only');
      return await ask(call, reverseName(host), type);
    },
  };
}

async function recordsOf(resolver: Resolver, host: string, type: DnsType): Promise<readonly DnsRecords[DnsType][]> {
  switch (type) {
    case 'A':
      return await resolver.resolve4(host);
    case 'AAAA':
      return await resolver.resolve6(host);
    case 'MX':
      return (await resolver.resolveMx(host)).toSorted((a, b) => a.priority - b.priority);
    case 'TXT':
      return (await resolver.resolveTxt(host)).map((strings) => strings.join('').slice(0, most.characters));
    case 'PTR':
      return await resolver.resolvePtr(host);
  }
}

function outcomeOf(cause: unknown): DnsAnswer<never> {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOTFOUND' || code === 'ENODATA') return { kind: 'none' };
  if (code === 'ETIMEOUT') return { kind: 'failed', reason: 'timeout' };
  return { kind: 'failed', reason: code === 'EREFUSED' || code === 'ECONNREFUSED' ? 'refused' : 'server' };
}
