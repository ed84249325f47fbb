import type { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { DnsAnswer, DnsRecords, DnsType } from '../../sdk/capabilities/dns.ts';
import type { Capability, HostCall } from './capability.ts';
import { reverseName } from './dns/reverse-name.ts';
import type { Limits } from './limits.ts';

export type DnsParts = {
  readonly resolver: Resolver;
  readonly limits: Limits;
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
  const ask = async <T extends DnsType>(
    call: HostCall<'dns'>,
    host: string,
    type: T,
  ): Promise<DnsAnswer<DnsRecords[T]>> => {
    if (underWay >= most.underWay) {
      limits.hit(call, 'dns questions under way', String(most.underWay));
      return { kind: 'failed', reason: 'busy' };
    }
    underWay += 1;
    const asked = questions[type](resolver, host).finally(() => (underWay -= 1));
    try {
      const records = await within(asked, call.until);
      if (records === undefined) return { kind: 'failed', reason: 'timeout' };
      return records.length === 0 ? { kind: 'none' } : { kind: 'found', records: records.slice(0, most.records) };
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

type Questions = { readonly [T in DnsType]: (resolver: Resolver, host: string) => Promise<readonly DnsRecords[T][]> };

const questions: Questions = {
  A: (resolver, host) => resolver.resolve4(host),
  AAAA: (resolver, host) => resolver.resolve6(host),
  MX: async (resolver, host) =>
    (await resolver.resolveMx(host))
      .toSorted((a, b) => a.priority - b.priority)
      .map(({ priority, exchange }) => ({ priority, exchange })),
  TXT: async (resolver, host) =>
    (await resolver.resolveTxt(host)).map((strings) => strings.join('').slice(0, most.characters)),
  PTR: (resolver, host) => resolver.resolvePtr(host),
};

function outcomeOf(cause: unknown): DnsAnswer<never> {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOTFOUND' || code === 'ENODATA') return { kind: 'none' };
  if (code === 'ETIMEOUT') return { kind: 'failed', reason: 'timeout' };
  return { kind: 'failed', reason: code === 'EREFUSED' || code === 'ECONNREFUSED' ? 'refused' : 'server' };
}
