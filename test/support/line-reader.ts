import type { Socket } from 'node:net';

const lf = 0x0a;
const dot = 0x2e;

/** Reads lines off a socket, in octets. One reader at a time; every wait ends when the connection does. */
export type LineReader = {
  /** @returns the next line without its CRLF. @throws Error when the connection ends first, or after `patience` ms */
  line(): Promise<string>;
  /** Reads up to the line that is a single dot; undoes dot-stuffing (RFC 1939 §3). @returns octets, CRLFs included */
  multiLine(): Promise<Buffer>;
};

/** @param patience milliseconds to wait for octets before giving up */
export function readLines(socket: Socket, patience = 20_000): LineReader {
  let held: Buffer = Buffer.alloc(0);
  let ended: Error | null = null;
  let wake: (() => void) | null = null;
  const wakeUp = (): void => {
    wake?.();
    wake = null;
  };

  const end = (reason: Error): void => {
    ended ??= reason;
    wakeUp();
  };
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    wakeUp();
  });
  socket.on('error', end);
  socket.on('close', () => end(new Error('the server closed the connection')));

  async function more(): Promise<void> {
    if (ended) throw ended;
    const late = setTimeout(() => end(new Error(`no answer within ${patience} ms`)), patience);
    await new Promise<void>((resolve) => (wake = resolve));
    clearTimeout(late);
  }

  /** Takes octets off the front, CRLF included, up to the first line end. */
  async function take(): Promise<Buffer> {
    for (let from = 0; ;) {
      const at = held.indexOf(lf, from);
      if (at >= 0) {
        const line = held.subarray(0, at + 1);
        held = held.subarray(at + 1);
        return line;
      }
      from = held.length;
      await more();
    }
  }

  return {
    line: async () => (await take()).toString('latin1').replace(/\r?\n$/, ''),
    async multiLine() {
      const lines: Buffer[] = [];
      for (;;) {
        const line = await take();
        if (line[0] !== dot) lines.push(line);
        else if (line.length <= 3) return Buffer.concat(lines);
        else lines.push(line.subarray(1));
      }
    },
  };
}

/** Connects to a port of this machine. @throws Error when nobody listens */
export async function openSocket(connect: () => Socket): Promise<Socket> {
  const socket = connect();
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.setNoDelay(true);
  return socket;
}
