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
import { createUnderWay } from './under-way.ts';

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
  const underWay = createUnderWay(mostUnderWay);
  const run = async (call: HostCall<'http'>, given: HttpArguments): Promise<HttpAnswer> => {
    const answer = await underWay.run(call.binding.key, () => request(parts, call, given));
    if (answer !== null) return answer;
    parts.limits.hit(call, 'http requests under way', String(mostUnderWay));
    return { kind: 'failed', reason: 'busy' };
  };
  const withMethod = (method: HttpMethod | null) => async (call: HostCall<'http'>, args: readonly unknown[]) =>
    await run(call, readHttpArguments(args, method));
  return { get: withMethod('GET'), post: withMethod('POST'), request: withMethod(null) };
}

async function request(parts: HttpParts, call: HostCall<'http'>, given: HttpArguments): Promise<HttpAnswer> {
  const { url, method, options } = given;
  const { isPrivate } = grantedHost(call, given);
  const { grant, binding, message, until } = call;
  const body = bodyOf(options.body ?? null, binding, message?.octets ?? null);
  const headers = await headersOf(options.headers ?? {}, body, (name) => parts.readSecret(binding, name));
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (!isPrivate && isIP(literal) > 0 && isForbidden(literal)) return { kind: 'failed', reason: 'forbidden-address' };

  const time = Math.min(options.timeout ?? grant.timeout, grant.timeout, until - parts.now());
  const received = await exchange({
    url,
    method,
    headers,
    body: body?.octets ?? null,
    lookup: guardedLookup(parts.names, isPrivate),
    size: grant.size,
    signal: parts.signal(Math.max(1, time)),
    ...(parts.ca !== undefined && { ca: parts.ca }),
  });
  if (received.kind === 'failed') return noted(parts.limits, call, received);
  const { status, headers: fields, octets } = received;
  const text = octets.toString(options.as === 'base64' ? 'base64' : 'utf8');
  return { kind: 'response', status, headers: fields, body: text };
}

/** @throws RangeError that says what to add to the grant: the administrator's word, not the network's */
function grantedHost({ grant, binding }: HostCall<'http'>, { url, method }: HttpArguments) {
  const host = grant.hosts.find(({ origin }) => origin === url.origin);
  if (!host)
    throw new RangeError(`${url.origin} is not granted: add it to grants.http.hosts of the binding ${binding.key}`);
  if (!grant.methods.includes(method))
    throw new RangeError(`${method} is not granted: add it to grants.http.methods of the binding ${binding.key}`);
  return host;
}

function noted<Failed extends { readonly reason: string }>(
  limits: Limits,
  call: HostCall<'http'>,
  failed: Failed,
): Failed {
  const { size, timeout } = call.grant;
  if (failed.reason === 'too-large') limits.hit(call, 'http response', formatSize(size));
  if (failed.reason === 'timeout') limits.hit(call, 'http time', formatDuration(timeout));
  return failed;
}
