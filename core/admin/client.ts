import { request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { z } from 'zod';
import { Fault } from '../errors.ts';
import { routes, type InputOf, type OutputOf, type RouteName } from './routes.ts';
import { socketPath } from './socket.ts';

/** What a running Sluice answered. */
type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** There is no such message, mailbox or trace. */
  | { readonly kind: 'absent' }
  /** It could not be told, or the question made no sense; one line. */
  | { readonly kind: 'problem'; readonly text: string };

/** Asks the Sluice of a data folder. */
export type AdminClient = {
  /** @throws Fault `admin.unreachable` when none runs there, or it does not answer in time */
  readonly ask: <R extends RouteName>(name: R, input: InputOf<R>) => Promise<Answer<OutputOf<R>>>;
};

const problem = z.object({ problem: z.string() });

/** @param timeout milliseconds; a reload loads sinks, so it takes its time */
export function openAdminClient(folder: string, timeout = 60_000): AdminClient {
  return {
    async ask(name, input) {
      const { verb, path, output } = routes[name];
      const rest = restOf(path, input);
      const way = fill(path, input) + (verb === 'GET' ? queryOf(rest) : '');
      const said = verb === 'GET' || rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest));
      const { code, body } = await fetch({ folder, verb, path: way, said, timeout });
      if (code === 200) return { kind: 'answer', value: output.parse(body) };
      return body === null ? { kind: 'absent' } : { kind: 'problem', text: problem.parse(body).problem };
    },
  };
}

function fill(path: string, input: object): string {
  const values = new Map(Object.entries(input).map(([name, value]) => [name, String(value)]));
  return path.replaceAll(/:([a-z]+)/g, (_, name: string) => encodeURIComponent(values.get(name) ?? ''));
}

/** What is not in the path. */
function restOf(path: string, input: object): readonly (readonly [string, unknown])[] {
  return Object.entries(input).filter(([name]) => !path.split('/').includes(`:${name}`));
}

/** A GET has no body: what is not in the path follows it. */
function queryOf(rest: readonly (readonly [string, unknown])[]): string {
  const query = new URLSearchParams(rest.map(([name, value]) => [name, String(value)]));
  return rest.length === 0 ? '' : `?${query.toString()}`;
}

type Fetched = { readonly code: number | undefined; readonly body: unknown };

type Asked = { folder: string; verb: string; path: string; said: string | null; timeout: number };

async function fetch({ folder, verb, path, said, timeout }: Asked): Promise<Fetched> {
  const signal = AbortSignal.timeout(timeout);
  const { promise, resolve, reject } = Promise.withResolvers<Fetched>();
  const headers = said === null ? {} : { 'content-length': Buffer.byteLength(said) };
  const sent = request({ socketPath: socketPath(folder), method: verb, path, headers, signal }, (response) => {
    const isOctets = response.headers['content-type'] === 'message/rfc822';
    const body = isOctets ? readOctets(response) : readText(response).then((json): unknown => JSON.parse(json));
    body.then((read) => resolve({ code: response.statusCode, body: read }), reject);
  });
  sent.on('error', reject);
  sent.end(said ?? undefined);
  return await promise.catch((cause: unknown) => {
    throw new Fault('admin.unreachable', { folder }, cause);
  });
}

async function readOctets(response: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}
