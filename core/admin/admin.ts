import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { asFault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { routeNames, routes, type Backend, type RouteName } from './routes.ts';
import { listenOn } from './socket.ts';

export { openAdminClient } from './client.ts';
export type { Backend } from './routes.ts';

type Reply = { readonly code: number; readonly body: unknown };

/**
 * Starts to answer operators on the admin socket of a data folder.
 *
 * @throws Fault `data.locked` when another Sluice answers there
 */
export async function startAdmin({
  folder,
  backend,
  log,
}: {
  readonly folder: string;
  readonly backend: Backend;
  readonly log: Log;
}): Promise<AsyncDisposable> {
  const limits = { maxHeaderSize: 8_192, requestTimeout: 10_000, headersTimeout: 5_000, keepAlive: false };
  const server = createServer(limits, (request, response) => {
    void answer(request, backend, log).then((reply) => send(response, reply));
  });
  server.maxConnections = 64;
  await listenOn(server, folder);
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => void server.close(resolve));
      server.closeIdleConnections();
      const deadline = setTimeout(() => server.closeAllConnections(), 1_000);
      await closed;
      clearTimeout(deadline);
    },
  };
}

/** Never rejects. What an operator asked is not mail: faults are told as they are. */
async function answer(request: IncomingMessage, backend: Backend, log: Log): Promise<Reply> {
  try {
    return await find(request, backend);
  } catch (thrown) {
    const fault = asFault(thrown);
    log.error({ fault, request: `${request.method} ${request.url}` }, 'an admin request failed');
    const cause = fault.cause instanceof Error ? ` (${fault.cause.message})` : '';
    return { code: fault.temporary ? 503 : 500, body: { problem: fault.message + cause } };
  }
}

async function find(request: IncomingMessage, backend: Backend): Promise<Reply> {
  const said = await readBody(request);
  if (said === null) return { code: 413, body: { problem: 'a body is a JSON object of at most 64 KB, and for POST' } };
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const asked = Object.fromEntries(new URLSearchParams(query));
  const segments = segmentsOf(path);
  for (const name of segments ? routeNames : []) {
    const values = segments && match(routes[name].path, segments);
    if (values && routes[name].verb === request.method)
      return await ask(name, { ...said, ...asked, ...values }, backend[name]);
  }
  return { code: 404, body: { problem: `there is no ${request.method} ${request.url}` } };
}

async function ask<R extends RouteName>(name: R, values: object, answerer: Backend[R]): Promise<Reply> {
  const { path, input, output } = routes[name];
  const read = input.safeParse(values);
  if (!read.success) {
    const text = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    return { code: 400, body: { problem: `${path}: ${text}` } };
  }
  const found = await answerer(read.data);
  return found === null ? { code: 404, body: null } : { code: 200, body: output.parse(found) };
}

const mostBody = 64 * 1024;

/** What stands beside the path: a JSON object. @returns `{}` when there is nothing; null when it is no such thing */
async function readBody(request: IncomingMessage): Promise<object | null> {
  if (request.headers['transfer-encoding'] !== undefined) return null;
  const length = Number(request.headers['content-length'] ?? 0);
  if (length === 0) return {};
  if (request.method !== 'POST' || !(length <= mostBody)) return null;
  try {
    const body: unknown = JSON.parse(await readText(request));
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? body : null;
  } catch {
    return null;
  }
}

/** @returns null for what is no path of ours: a fragment, bad escapes */
function segmentsOf(url: string): readonly string[] | null {
  try {
    return /^\/[^?#]*$/.test(url) ? url.slice(1).split('/').map(decodeURIComponent) : null;
  } catch {
    return null;
  }
}

function match(path: string, segments: readonly string[]): Record<string, string> | null {
  const wanted = path.slice(1).split('/');
  const fits = (step: string, at: number): boolean => step.startsWith(':') || step === segments[at];
  if (wanted.length !== segments.length || !wanted.every(fits)) return null;
  const named = wanted.flatMap((step, at) => (step.startsWith(':') ? [[step.slice(1), segments[at] ?? '']] : []));
  return Object.fromEntries(named);
}

function send(response: ServerResponse, { code, body }: Reply): void {
  const isOctets = body instanceof Uint8Array;
  const octets = isOctets ? body : Buffer.from(JSON.stringify(body));
  response.writeHead(code, {
    'content-type': isOctets ? 'message/rfc822' : 'application/json',
    'content-length': octets.length,
    connection: 'close',
  });
  response.end(octets);
}
