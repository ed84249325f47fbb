import { isIP } from 'node:net';
import { reply, type Reply } from '../../../sdk/reply.ts';
import type { RelayHooks, RelaySession } from '../hooks.ts';
import type { Hop } from '../next-hops.ts';
import { tlsOptions, type NextRoute } from '../next-route.ts';
import { Connection } from './connection.ts';
import { asReply, type ServerReply } from './reply-reader.ts';
import { authenticate } from './authenticate.ts';
import type { Waiting } from './timeouts.ts';

/** What a server announced: keyword in upper case to its parameters. Empty after HELO. */
export type Extensions = ReadonlyMap<string, string>;

/** A greeted server that waits for MAIL. */
export type Session = {
  readonly connection: Connection;
  readonly extensions: Extensions;
  readonly about: RelaySession;
  /** Messages it took part in so far. */
  messages: number;
  /** Octets of these. */
  octets: number;
};

export type SessionOptions = {
  readonly route: NextRoute;
  /** What we call ourselves. */
  readonly name: string;
  readonly connectTimeout: number;
  /** Ends the connection, whatever it waits for. */
  readonly signal: AbortSignal;
  readonly id: string;
  readonly hooks: RelayHooks;
};

export type Opened =
  | { readonly kind: 'session'; readonly session: Session }
  | { readonly kind: 'refused'; readonly reply: Reply };

/**
 * Opens a session up to the point where MAIL may follow.
 *
 * @returns `refused` with what the server, or a sink, said against it
 * @throws Fault `relay.*`: the host is to be taken for unreachable
 * @source RFC 5321 §3.1, §4.1.1.1; RFC 3207 §4; RFC 4954
 */
export async function openSession(hop: Hop, options: SessionOptions): Promise<Opened> {
  const { route, connectTimeout: timeout, signal } = options;
  const isName = isIP(hop.name) === 0;
  const implicit = route.tls.mode === 'implicit' ? tlsOptions(route.tls, hop.name, isName) : null;
  const connection = await Connection.open(hop, { timeout, tls: implicit, signal });
  try {
    const opened = await greet(connection, options, isName);
    if (opened.kind === 'refused') leave(connection);
    return opened;
  } catch (cause) {
    connection[Symbol.dispose]();
    throw cause;
  }
}

async function greet(connection: Connection, options: SessionOptions, isName: boolean): Promise<Opened> {
  const { route, hooks, id } = options;
  const greeting = await connection.reply('greeting');
  if (greeting.code !== 220) return refused(greeting);
  const asked = await hooks.sessionStart?.(aboutSession(connection, id, null), options.name);
  if (asked?.kind === 'stop') return { kind: 'refused', reply: asked.reply };
  const name = asked?.name ?? options.name;

  let hello = await sayHello(connection, name, route.helo);
  if (hello.kind === 'refused') return hello;
  const offers = hello.extensions.has('STARTTLS');
  if (connection.tls === null && offers && (route.tls.mode === 'opportunistic' || route.tls.mode === 'required')) {
    const started = await command(connection, 'STARTTLS\r\n', 'command');
    if (started.code === 220) {
      await connection.upgrade(tlsOptions(route.tls, connection.hop.name, isName));
      hello = await sayHello(connection, name, route.helo);
      if (hello.kind === 'refused') return hello;
    } else if (route.tls.mode === 'required') return refused(started);
  }
  if (connection.tls === null && (route.tls.mode === 'required' || route.tls.mode === 'implicit')) {
    return { kind: 'refused', reply: noTls };
  }
  const denied = await authenticate(connection, hello.extensions, route);
  if (denied) return { kind: 'refused', reply: denied };
  const { extensions } = hello;
  return {
    kind: 'session',
    session: { connection, extensions, about: aboutSession(connection, id, name), messages: 0, octets: 0 },
  };
}

/** RFC 3207 §4: a policy of ours that the host does not meet now; it may when it is mended. */
const noTls = reply(454, '7.10', 'The next host offers no TLS, which is required here');

type Hello =
  | { readonly kind: 'hello'; readonly extensions: Extensions }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** EHLO; HELO where EHLO is not known (RFC 5321 §3.2), or wanted. */
async function sayHello(connection: Connection, name: string, isOld: boolean): Promise<Hello> {
  const ehlo = isOld ? null : await command(connection, `EHLO ${name}\r\n`, 'command');
  if (ehlo?.code === 250) return { kind: 'hello', extensions: extensionsOf(ehlo) };
  if (ehlo && (ehlo.code < 500 || ehlo.code === 554)) return refused(ehlo);
  const helo = await command(connection, `HELO ${name}\r\n`, 'command');
  return helo.code === 250 ? { kind: 'hello', extensions: new Map() } : refused(helo);
}

function extensionsOf({ lines }: ServerReply): Extensions {
  return new Map(
    lines.slice(1, 100).map((line) => {
      const space = line.indexOf(' ');
      return space < 0 ? [line.toUpperCase(), ''] : [line.slice(0, space).toUpperCase(), line.slice(space + 1)];
    }),
  );
}

/** Sends one command and waits for its reply. */
export async function command(connection: Connection, line: string, waiting: Waiting): Promise<ServerReply> {
  await connection.write(line);
  return await connection.reply(waiting);
}

/** Says goodbye and does not wait long. */
export function leave(connection: Connection): void {
  command(connection, 'QUIT\r\n', 'quit')
    .catch(() => undefined)
    .finally(() => connection[Symbol.dispose]());
}

function refused(said: ServerReply): { readonly kind: 'refused'; readonly reply: Reply } {
  const { code } = said;
  return {
    kind: 'refused',
    reply: code >= 400 ? asReply(said) : reply(451, '5.0', 'The next host answered out of turn'),
  };
}

function aboutSession(connection: Connection, id: string, ehlo: string | null): RelaySession {
  const { name: host, address, port } = connection.hop;
  return { id, host, remote: { address, port }, local: connection.local, tls: connection.tls, ehlo };
}
