import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { clientOf } from './client.ts';
import { format } from './format.ts';
import { longestLine, longestResponse, readLines } from './line-reader.ts';
import type { Response } from './response.ts';
import { openSession } from './session.ts';
import { secure } from './secure.ts';
import type { SessionParts } from './services.ts';

/** One client's connection, until it is closed by whatever side. */
export type Connection = {
  /** Resolves when the socket is closed and the session has ended; never rejects. */
  readonly ended: Promise<void>;
  /** Closes it at the next command boundary: now, unless a command is being answered. */
  stop(): void;
  /** Closes it now. */
  destroy(): void;
};

/**
 * Serves one client: a command is read when the response to the one before has been handed to the system, so
 * pipelining keeps its order and neither side's octets pile up.
 *
 * @source RFC 1939 §3, RFC 2449 §6.8 (pipelining)
 */
export function openConnection(socket: Socket, parts: SessionParts): Connection {
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  socket.on('error', () => undefined); // 'close' follows, and that is what counts
  socket.allowHalfOpen = true; // a client may send its last commands and shut down its side
  // Autologout: closed without a word, and nothing is removed (RFC 1939 §3).
  socket.setTimeout(parts.options.limits.idle, () => socket.destroy());
  let current: Socket = socket;

  const session = openSession(parts, clientOf(socket), gone.signal);

  let isAnswering = true;
  let isStopping = false;
  let startsTls = false;

  /** @returns whether the conversation is over after this response */
  async function respond(response: Promise<Response>): Promise<boolean> {
    isAnswering = true;
    const made = await response;
    const closes = await send(current, made, gone.signal);
    startsTls = made.kind === 'start-tls';
    isAnswering = false;
    return closes || isStopping;
  }

  const limit = (): number => (session.awaitsResponse ? longestResponse : longestLine);

  /** @returns whether what ended it is STLS */
  async function converse(): Promise<boolean> {
    const chunks: AsyncIterable<Uint8Array> = current.iterator({ destroyOnReturn: false });
    for await (const line of readLines(chunks, limit)) {
      if (await respond(session.answer(line))) return false;
      if (startsTls) return true;
    }
    return false;
  }

  async function upgrade(): Promise<void> {
    const secureContext = parts.tls();
    if (secureContext === null) throw new Error('the certificate has gone');
    current = await secure(current, secureContext, gone.signal);
    current.setTimeout(parts.options.limits.idle, () => socket.destroy());
    session.secured(clientOf(current));
  }

  async function serve(): Promise<void> {
    try {
      if (!(await respond(session.greet()))) while (await converse()) await upgrade();
    } catch (error) {
      // A client that went away is no fault of ours.
      if (!gone.signal.aborted) parts.services.log.error({ error, traceId: session.traceId }, 'pop3 connection failed');
    }
    session.end();
    current.destroySoon();
    if (!gone.signal.aborted) await once(gone.signal, 'abort');
  }

  return {
    ended: serve(),
    stop() {
      isStopping = true;
      if (!isAnswering) current.destroySoon();
    },
    destroy: () => socket.destroy(),
  };
}

/** Octets sent before the event loop may turn. */
const step = 256 * 1024;

/**
 * Writes a response, waiting whenever the system takes no more.
 *
 * @returns whether the connection is to be closed after it
 * @throws AbortError when the client is gone
 */
async function send(socket: Socket, response: Response, signal: AbortSignal): Promise<boolean> {
  let sent = 0;
  socket.cork();
  for (const piece of format(response)) {
    socket.write(piece);
    sent += piece.length;
    if (sent < step) continue;
    sent = 0;
    socket.uncork();
    await turn();
    signal.throwIfAborted();
    if (socket.writableNeedDrain) await once(socket, 'drain', { signal });
    socket.cork();
  }
  socket.uncork();
  return response.closes;
}
