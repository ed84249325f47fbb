import { z } from 'zod';
import { durationOption, sizeOption } from '../../units.ts';
import { granted } from './granted.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const such = 'expected a host such as api.example.com, api.example.com:8443 or http://intranet:8080';

/** A host as its origin: scheme, name and port together, in the one form a URL has. */
const host = z.preprocess(
  (value) => (typeof value === 'string' ? { host: value } : value),
  z
    .strictObject({
      /** https unless it says `http://`. */
      host: z.string({ error: such }).max(300),
      /** Whether it may be at a private address: loopback, link-local, RFC 1918 and the like. */
      private: z.boolean('expected true or false').default(false),
    })
    .transform(({ host: text, private: isPrivate }, context) => {
      const origin = originOf(text);
      if (origin !== null) return { origin, isPrivate };
      context.addIssue({ code: 'custom', path: [], message: such });
      return z.NEVER;
    }),
);

/** @returns null for what is more or less than a host, and for a spelling a URL would change (`127.1`, `0x7f.1`) */
function originOf(text: string): string | null {
  const [, scheme = 'https://', name = '', port = ''] =
    /^(https?:\/\/)?([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/.exec(text.toLowerCase()) ?? [];
  if (name === '' || !URL.canParse(`${scheme}${name}${port}`)) return null;
  const { hostname, origin } = new URL(`${scheme}${name}${port}`);
  return hostname === name || name.startsWith('[') ? origin : null;
}

/** Which hosts a sink may ask, and how much. */
export const httpGrant = granted({
  hosts: z
    .array(host, { error: 'expected a list of hosts' })
    .min(1, 'expected at least one host')
    .max(64, 'expected at most 64 hosts'),
  methods: z.array(z.enum(methods)).min(1, 'expected at least one method').default(['GET', 'HEAD', 'POST']),
  /** For one request, from looking up the name to the last octet of the response. */
  timeout: durationOption({ min: 10, max: 60_000 }).default(5_000),
  /** Octets of a response. */
  size: sizeOption({ min: 1, max: 2 * 2 ** 20 }).default(256 * 2 ** 10),
});
