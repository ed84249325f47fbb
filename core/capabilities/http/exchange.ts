import {
  Agent as HttpAgent,
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { HttpFailure } from '../../../sdk/capabilities/http.ts';
import { ForbiddenAddress } from './guard.ts';

export type Exchange = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  readonly lookup: LookupFunction;
  /** Octets of the response's body. */
  readonly size: number;
  readonly signal: AbortSignal;
  readonly ca?: string;
};

export type Received =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly octets: Buffer;
    }
  | { readonly kind: 'failed'; readonly reason: HttpFailure };

/** Octets of a header section. */
const longestHeader = 16 * 1024;

/**
 * One request on one connection, which is closed afterwards. node:http and not fetch or undici: its `lookup` hook is
 * the one place an address comes from, it follows no redirect, unpacks nothing and keeps no cookie, and it is no
 * dependency. The agent is made for this request alone: nothing is shared between bindings, and no proxy of the
 * environment is asked.
 */
export function exchange({ url, method, body, size, signal, ...rest }: Exchange): Promise<Received> {
  const isTls = url.protocol === 'https:';
  const once = { keepAlive: false };
  const options: RequestOptions & { readonly rejectUnauthorized?: true } = {
    ...rest,
    method,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    agent: isTls ? new HttpsAgent(once) : new HttpAgent(once),
    signal,
    maxHeaderSize: longestHeader,
    ...(isTls && { rejectUnauthorized: true }),
  };
  return new Promise((resolve) => {
    const request: ClientRequest = (isTls ? requestHttps : requestHttp)(options);
    const end = (received: Received): void => {
      resolve(received);
      request.destroy();
    };
    request.on('response', (response) => receive(response, { size, method }, end));
    // An answer we cannot take (101 to no question of ours) ends without a response.
    request.on('close', () => end({ kind: 'failed', reason: signal.aborted ? 'timeout' : 'unreachable' }));
    request.on('error', (cause) => end({ kind: 'failed', reason: signal.aborted ? 'timeout' : reasonOf(cause) }));
    request.end(body ?? undefined);
  });
}

function receive(
  response: IncomingMessage,
  { size, method }: Pick<Exchange, 'size' | 'method'>,
  end: (received: Received) => void,
): void {
  const coding = response.headers['content-encoding'] ?? 'identity';
  if (coding.toLowerCase() !== 'identity') return end({ kind: 'failed', reason: 'encoded' });
  if (Number(response.headers['content-length'] ?? 0) > size && method !== 'HEAD')
    return end({ kind: 'failed', reason: 'too-large' });
  const chunks: Buffer[] = [];
  let taken = 0;
  response.on('data', (chunk: Buffer) => {
    taken += chunk.length;
    if (taken > size) return end({ kind: 'failed', reason: 'too-large' });
    chunks.push(chunk);
  });
  response.on('error', () => undefined); // the request says so too
  response.on('end', () => {
    const { statusCode: status = 0, headers } = response;
    const named = Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]);
    end({ kind: 'response', status, headers: Object.fromEntries(named), octets: Buffer.concat(chunks) });
  });
}

function reasonOf(cause: Error): HttpFailure {
  if (cause instanceof ForbiddenAddress) return 'forbidden-address';
  const code = 'code' in cause ? String(cause.code) : '';
  if (code === 'HPE_HEADER_OVERFLOW') return 'too-large';
  return /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_)/.test(code)
    ? 'tls'
    : 'unreachable';
}
