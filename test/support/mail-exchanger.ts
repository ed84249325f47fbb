import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { TLSSocket, type SecureContext } from 'node:tls';

/** A message as a next host got it. */
export type Received = {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: string;
};

/** What happens at a step: a reply; `cut`: the connection ends without one. */
type Says = string | undefined;

export type ExchangerOptions = {
  /** EHLO lines after the greeting. */
  readonly extensions?: readonly string[];
  /** Says something else than the server would; `undefined` is what it would say. */
  readonly says?: (line: string, at: { readonly connection: number; readonly message: number }) => Says;
  readonly tls?: SecureContext;
  /** Never says anything. */
  readonly mute?: boolean;
};

/** A mail server that keeps what it is given: the next hop of relay tests. It is strict about CRLF and CRLF.CRLF. */
export type Exchanger = AsyncDisposable & {
  readonly port: number;
  readonly received: readonly Received[];
  /** Every command line, without content. */
  readonly lines: readonly string[];
  readonly connections: number;
};

export async function openExchanger(options: ExchangerOptions = {}): Promise<Exchanger> {
  const received: Received[] = [];
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (!options.mute) talk(socket, { options, received, lines, connection: connections });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    received,
    lines,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

type Room = {
  readonly options: ExchangerOptions;
  readonly received: Received[];
  readonly lines: string[];
  readonly connection: number;
};

function talk(first: Socket, { options, received, lines, connection }: Room): void {
  let socket = first;
  let buffer = Buffer.alloc(0);
  let isContent = false;
  let message = 0;
  let from: string | null = null;
  let to: string[] = [];

  const say = (line: string, otherwise: string): string | null => {
    const said = options.says?.(line, { connection, message }) ?? otherwise;
    if (said === 'cut') socket.destroy();
    else socket.write(`${said}\r\n`);
    return said === 'cut' ? null : said;
  };

  function command(line: string): void {
    lines.push(line);
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') {
      const all = ['mx.test', ...(options.extensions ?? []), ...(options.tls ? ['STARTTLS'] : [])];
      say(line, all.map((one, at) => `250${at === all.length - 1 ? ' ' : '-'}${one}`).join('\r\n'));
    } else if (verb === 'MAIL') {
      if (say(line, '250 2.1.0 ok')?.startsWith('2')) from = /<(.*?)>/.exec(line)?.[1] ?? '';
    } else if (verb === 'RCPT') {
      if (say(line, from === null ? '503 5.5.1 MAIL first' : '250 2.1.5 ok')?.startsWith('2'))
        to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
    } else if (verb === 'DATA') {
      isContent = say(line, to.length > 0 ? '354 go' : '554 5.5.1 nobody to send it to')?.startsWith('354') ?? false;
    } else if (verb === 'RSET') {
      [from, to] = [null, []];
      say(line, '250 2.0.0 ok');
    } else if (verb === 'QUIT') {
      say(line, '221 2.0.0 bye');
      socket.end();
    } else if (verb === 'STAR') {
      if (say(line, '220 2.0.0 go')?.startsWith('2')) secure();
    } else say(line, '250 2.0.0 ok');
  }

  function secure(): void {
    socket.removeAllListeners('data');
    const secured = new TLSSocket(socket, { isServer: true, ...(options.tls && { secureContext: options.tls }) });
    secured.on('error', () => undefined);
    socket = secured;
    socket.on('data', hear);
  }

  function hear(octets: Buffer): void {
    buffer = Buffer.concat([buffer, octets]);
    for (;;) {
      const mark = isContent ? '\r\n.\r\n' : '\r\n';
      const isEmpty = isContent && buffer.subarray(0, 3).toString('latin1') === '.\r\n';
      const end = isEmpty ? -2 : buffer.indexOf(mark);
      if (end < 0 && !isEmpty) return;
      const text = buffer.subarray(0, Math.max(0, end)).toString('latin1');
      buffer = buffer.subarray(end + mark.length);
      if (!isContent) {
        command(text);
        continue;
      }
      isContent = false;
      const content = `${text}\r\n`.replaceAll('\r\n..', '\r\n.').replace(/^\.\./, '.');
      const whole = { from: from ?? '', to, content };
      if (say('.', '250 2.0.0 taken')?.startsWith('2')) received.push(whole);
      message += 1;
      [from, to] = [null, []];
    }
  }

  socket.on('data', hear);
  say('', '220 mx.test ESMTP');
}
