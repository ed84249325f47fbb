import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

/**
 * One client of a text protocol, driven by transcripts one can lay beside the RFC:
 *
 *     S: 220 mail.example.test ESMTP …
 *     C: EHLO client.test
 *     S: 250*
 *     C: MAIL FROM:<ann@client.test>
 *     C: RCPT TO:<bob@example.test>
 *     S: 250 2.1.0 …
 *     S: 250 2.1.5 …
 *     R: a\0b\n.\r\n
 *     -- closed
 *
 * - `C:` a line the client sends, CRLF added. Lines in a row leave in one segment: that is pipelining.
 * - `R:` raw octets the client sends, nothing added; `\r \n \t \0 \\ \xHH` are understood. Joins `C:` lines around it.
 * - `S:` one line the server must send. `…` stands for any text; `S: 250*` takes a whole SMTP reply of that code.
 * - `-- closed` the server closes the connection, having sent nothing more. `-- close` the client does (FIN).
 * - `#` a remark. Indentation does not count.
 */
export type Client = AsyncDisposable & {
  play(script: string): Promise<void>;
  /** Sends octets as they are; a string is Latin-1. */
  send(octets: string | Uint8Array): void;
  /** @returns the next line without its CRLF; null when the server closed the connection */
  line(): Promise<string | null>;
  /** Waits until the server closed. @returns the lines that came before that and nobody took */
  closed(): Promise<readonly string[]>;
  /** TLS from here on; what the server sent before and nobody took is an error. */
  secure(options?: ConnectionOptions): Promise<TLSSocket>;
  /** Everything said so far, `C:` and `S:`. */
  readonly transcript: string;
  readonly socket: Socket;
  /** Goes away without a word (RST). */
  vanish(): void;
};

/** How long the player waits for a line before it says what it missed; milliseconds. Only a failing test waits. */
const patience = 25_000;

/** Plays one transcript on a connection of its own, from the greeting on. @param to a port on 127.0.0.1, or where else */
export async function play(script: string, to: number | NetConnectOpts): Promise<void> {
  await using client = await openClient(to);
  await client.play(script);
}

/** Connects. @param to a port on 127.0.0.1, or where else */
export async function openClient(to: number | NetConnectOpts): Promise<Client> {
  const socket = connect(typeof to === 'number' ? { port: to, host: '127.0.0.1' } : to);
  await once(socket, 'connect');
  return createClient(socket.setNoDelay(true));
}

function createClient(plain: Socket): Client {
  let socket = plain;
  let said = '';
  let incoming = listen(plain);

  async function line(): Promise<string | null> {
    const text = await incoming.take(() => `waited ${patience} ms for a line after\n${said}`);
    if (text !== null) said += `S: ${text}\n`;
    return text;
  }

  function send(octets: string | Uint8Array): void {
    const sent = Buffer.from(octets as string, 'latin1');
    said += `C: ${JSON.stringify(sent.toString('latin1')).slice(1, -1).slice(0, 200)}\n`;
    socket.write(sent);
  }

  async function expectLine(expected: string, number: number): Promise<void> {
    for (;;) {
      const text = await line();
      const code = /^(\d{3})\*$/.exec(expected)?.[1];
      if (text !== null && code !== undefined && text.startsWith(`${code}-`)) continue;
      if (text !== null && (code === undefined ? matches(text, expected) : text.startsWith(`${code} `))) return;
      throw failure(`line ${number}: expected S: ${expected}\n${text === null ? 'but the server closed' : ''}`, said);
    }
  }

  async function closed(): Promise<readonly string[]> {
    const rest: string[] = [];
    for (let text = await line(); text !== null; text = await line()) rest.push(text);
    return rest;
  }

  async function obey(order: string, number: number): Promise<void> {
    if (order === 'close') {
      socket.end();
      return;
    }
    if (order !== 'closed') throw failure(`line ${number}: unknown order ${order}`, said);
    const rest = await closed();
    if (rest.length > 0) throw failure(`line ${number}: the server said more before it closed`, said);
  }

  return {
    send,
    line,
    closed,
    async play(script) {
      let sending = '';
      for (const [index, raw] of [...script.split('\n'), '#flush'].entries()) {
        const [, mark = '', rest = ''] = /^\s*(C:|R:|S:|--|#)? ?(.*)$/s.exec(raw) ?? [];
        if (mark === 'C:') sending += `${Buffer.from(rest, 'utf8').toString('latin1')}\r\n`;
        if (mark === 'R:') sending += unescape(rest);
        if (mark === 'C:' || mark === 'R:') continue;
        if (mark === '' && rest.trim() === '') continue;
        if (mark === '') throw failure(`line ${index + 1}: neither C: nor S: ${raw}`, said);
        if (sending !== '') send(sending);
        sending = '';
        if (mark === 'S:') await expectLine(rest.trimEnd(), index + 1);
        if (mark === '--') await obey(rest.trim(), index + 1);
      }
    },
    async secure(options = {}) {
      incoming.stop();
      const secured = connectTls({ socket, rejectUnauthorized: false, ...options });
      await once(secured, 'secureConnect');
      socket = secured;
      incoming = listen(secured);
      said += '-- TLS\n';
      return secured;
    },
    get transcript() {
      return said;
    },
    get socket() {
      return socket;
    },
    vanish: () => void plain.resetAndDestroy(),
    async [Symbol.asyncDispose]() {
      socket.destroy();
      if (!plain.closed) await once(plain.destroy(), 'close');
    },
  };
}

type Incoming = { take(missed: () => string): Promise<string | null>; stop(): void };

/** Cuts what the server sends into lines at CRLF; a line without its CRLF never comes out. */
function listen(socket: Socket): Incoming {
  const lines: string[] = [];
  const waiting: ((line: string | null) => void)[] = [];
  let rest = '';
  let ended = false;

  function put(line: string): void {
    const next = waiting.shift();
    if (next) next(line);
    else lines.push(line);
  }
  function onData(chunk: Buffer): void {
    const parts = (rest + chunk.toString('utf8')).split('\r\n');
    rest = parts.pop() ?? '';
    parts.forEach(put);
  }
  function onClose(): void {
    ended = true;
    for (const give of waiting.splice(0)) give(null);
  }
  socket.on('data', onData).on('error', ignore).on('close', onClose).on('end', onClose);

  return {
    async take(missed) {
      const ready = lines.shift();
      if (ready !== undefined) return ready;
      if (ended) return null;
      const { promise, resolve, reject } = Promise.withResolvers<string | null>();
      const timer = setTimeout(() => reject(new Error(missed())), patience);
      waiting.push(resolve);
      return promise.finally(() => clearTimeout(timer));
    },
    stop() {
      socket.off('data', onData).off('close', onClose).off('end', onClose);
      if (lines.length > 0 || rest !== '') throw new Error(`unread before TLS: ${lines.join('|')}${rest}`);
    },
  };
}

/** A reset is one way for the server to be gone; the close event follows. */
function ignore(): void {}

/** `…` stands for any text, empty text included. */
function matches(text: string, expected: string): boolean {
  const [first = '', ...others] = expected.split('…');
  if (others.length === 0) return text === expected;
  const last = others.pop() ?? '';
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

const escapes: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' };

function unescape(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([rnt0\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (escapes[letter] ?? '') : String.fromCodePoint(Number.parseInt(hex, 16)),
  );
}

function failure(what: string, said: string): Error {
  return new Error(`${what}\n--- so far\n${said}`);
}
