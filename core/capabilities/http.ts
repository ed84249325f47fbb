import { isIP } from 'node:net';
import type { HttpAnswer, HttpMethod } from '../../sdk/capabilities/http.ts';
import { formatDuration, formatSize } from '../units.ts';
import type { Capability, HostCall } from './capability.ts';
import { readHttpArguments, type HttpArguments } from './http/arguments.ts';
import { bodyOf, headersOf } from './http/content.ts';
import { exchange } from './http/exchange.ts';
import { guardedLookup, isForbidden } from './http/guard.ts';
import type { Limits } from './limits.ts';
import type { Names } from './names.ts';
import type { ReadSecret } from './secrets.ts';

export type HttpParts = {
  readonly names: Pick<Names, 'addressesOf'>;
  readonly limits: Limits;
  readonly readSecret: ReadSecret;
  /** Ends what lasts longer than so many milliseconds, or than Sluice itself. */
  readonly signal: (duration: number) => AbortSignal;
  readonly now: () => number;
  /** Certificates trusted beside those of Node; in tests. */
  readonly ca?: string;
};

/** Requests one binding may have under way. */
const mostUnderWay = 16;

/**
 * `http`: requests to the hosts of the grant. Each has a connection of its own, made here to an address that was looked
 * up and checked here; no proxy, no cookies, no cache, no redirects, no decompression.
 */
export function httpCapability(parts: HttpParts): Capability<'http'> {
  const underWay = new Map<string, number>();
  const run = async (call: HostCall<'http'>, given: HttpArguments): Promise<HttpAnswer> => {
    const { key } = call.binding;
    const count = underWay.get(key) ?? 0;
    if (count >= mostUnderWay) {
      parts.limits.hit(call, 'http requests under way', String(mostUnderWay));
      return { kind: 'failed', reason: 'busy' };
    }
    underWay.set(key, count + 1);
    try {
      return await request(parts, call, given);
    } finally {
      const left = (underWay.get(key) ?? 1) - 1;
      if (left === 0) underWay.delete(key);
      else underWay.set(key, left);
    }
  };
  const withMethod = (method: HttpMethod | null) => async (call: HostCall<'http'>, args: readonly unknown[]) =>
    await run(call, readHttpArguments(args, method));
  return { get: withMethod('GET'), post: withMethod('POST'), request: withMethod(null) };
}

async function request(parts: HttpParts, call: HostCall<'http'>, given: HttpArguments): Promise<HttpAnswer> {
  const { grant, binding, message } = call;
  const { url, method, options } = given;
  const host = grant.hosts.find(({ origin }) => origin === url.origin);
  if (!host)
    throw new RangeError(`${url.origin} is not granted: add it to grants.http.hosts of the binding ${binding.key}`);
  if (!grant.methods.includes(method))
    throw new RangeError(`${method} is not granted: add it to grants.http.methods of the binding ${binding.key}`);
  const signal = parts.signal(
    Math.max(1, Math.min(options.timeout ?? grant.timeout, grant.timeout, call.until - parts.now())),
  );
  const body = bodyOf(options.body ?? null, binding, message?.octets ?? null);
  const headers = await headersOf(options.headers ?? {}, body, (name) => parts.readSecret(binding, name));
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (!host.isPrivate && isIP(literal) > 0 && isForbidden(literal))
    return { kind: 'failed', reason: 'forbidden-address' };

  const lookup = guardedLookup(parts.names, host.isPrivate);
  const { ca } = parts;
  const received = await exchange({
    url,
    method,
    headers,
    body: body?.octets ?? null,
    lookup,
    size: grant.size,
    signal,
    ...(ca && { ca }),
  });
  if (received.kind === 'failed') {
    if (received.reason === 'too-large') parts.limits.hit(call, 'http response', formatSize(grant.size));
    if (received.reason === 'timeout') parts.limits.hit(call, 'http time', formatDuration(grant.timeout));
    return received;
  }
  const { status, headers: fields, octets } = received;
  return {
    kind: 'response',
    status,
    headers: fields,
    body: octets.toString(options.as === 'base64' ? 'base64' : 'utf8'),
  };
}
