import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { LoadOptions } from './load.ts';
import type { Pace } from './pace.ts';
import { readReplies } from './replies.ts';
import type { Tally } from './tally.ts';

/** What the connections of one load share. */
export type Shared = {
  readonly load: LoadOptions;
  readonly octets: Octets;
  readonly tally: Tally;
  readonly pace: Pace;
  readonly stop: AbortSignal;
};

/** What goes over the wire: the same for every message, so it is built once. */
export type Octets = { readonly envelope: Buffer; readonly message: Buffer };

/** What the connection is waiting for; replies come in the order of the commands. */
type Awaited = 'greeting' | 'ehlo' | 'starttls' | 'mail' | 'rcpt' | 'data' | 'queued' | 'quit';

const ehlo = Buffer.from('EHLO load.example.test\r\n');
const startTls = Buffer.from('STARTTLS\r\n');
/** Milliseconds without a word from the server before a connection counts as broken. */
const patience = 20_000;

/** After the content comes what may be pipelined behind it: the next envelope, or QUIT (RFC 2920 §3.1). */
export function octetsOf(load: LoadOptions): Octets {
  const envelope = Buffer.from(`MAIL FROM:<${load.reversePath}>\r\nRCPT TO:<${load.recipient}>\r\nDATA\r\n`);
  const after = load.connection === 'kept' ? envelope : Buffer.from('QUIT\r\n');
  return { envelope, message: Buffer.concat([load.content, Buffer.from('.\r\n'), after]) };
}

/**
 * Sends messages until told to stop: over one connection, or over a new one for each message. Ends when every
 * message it sent has been answered, or at the first refusal.
 */
export async function sendUntilStopped(shared: Shared): Promise<void> {
  while (!shared.stop.aborted && (await sendOverOneConnection(shared)));
}

/** @returns false when it makes no sense to open another connection */
function sendOverOneConnection({ load, octets, tally, pace, stop }: Shared): Promise<boolean> {
  return new Promise((resolve) => {
    const first = connect(load.port, '127.0.0.1');
    const awaited: Awaited[] = ['greeting'];
    let socket: Socket = first;
    let sentAt = 0;
    let ended = false;

    const end = (goOn: boolean): void => {
      ended = true;
      first.destroy();
      socket.destroy();
      resolve(goOn);
    };
    const fail = (why: string): void => {
      if (ended) return;
      tally.refuse(why);
      end(false);
    };
    const ask = (command: Buffer, ...replies: readonly Awaited[]): void => {
      awaited.push(...replies);
      socket.write(command);
    };
    const listen = (to: Socket): void => {
      to.setNoDelay(true);
      to.setTimeout(patience, () => fail(`no word from the server for ${patience} ms`));
      to.on('data', readReplies(read));
      to.on('error', ({ message }) => fail(message));
      to.on('close', () => fail('the server closed the connection'));
    };

    const then: Readonly<Record<Awaited, () => void>> = {
      greeting: () => ask(ehlo, 'ehlo'),
      ehlo() {
        if (load.connection === 'starttls-new' && socket === first) ask(startTls, 'starttls');
        else ask(octets.envelope, 'mail', 'rcpt', 'data');
      },
      starttls() {
        first.removeAllListeners('data');
        socket = connectTls({ socket: first, rejectUnauthorized: false }, () => ask(ehlo, 'ehlo'));
        listen(socket);
      },
      mail() {},
      rcpt() {},
      data: () =>
        pace.take((due) => {
          if (ended) return;
          if (stop.aborted || !tally.start()) return end(false);
          sentAt = due;
          ask(octets.message, 'queued', ...after);
        }),
      queued() {
        tally.acknowledge(sentAt);
        if (stop.aborted) end(false);
      },
      quit: () => end(true),
    };
    const after: readonly Awaited[] = load.connection === 'kept' ? ['mail', 'rcpt', 'data'] : ['quit'];

    function read(code: number, text: string): void {
      if (ended) return;
      const was = awaited.shift();
      const isExpected = was && Math.floor(code / 100) === (was === 'data' ? 3 : 2);
      if (!isExpected) fail(`${was ?? 'nothing'} was awaited: ${text}`);
      else then[was]();
    }
    listen(first);
  });
}
