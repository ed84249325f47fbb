import { connect } from 'node:net';
import { openSocket, readLines } from './line-reader.ts';

/** One POP3 session after login (RFC 1939). A -ERR is thrown as an Error with its text. */
export type Pop3Client = AsyncDisposable & {
  stat(): Promise<{ readonly count: number; readonly size: number }>;
  /** @returns unique id by message number */
  uidl(): Promise<ReadonlyMap<number, string>>;
  /** @returns the octets of the message as stored */
  retrieve(number: number): Promise<Buffer>;
  remove(number: number): Promise<void>;
  /** Ends the session; only then are removed messages gone. */
  quit(): Promise<void>;
};

/** @throws Error when nobody listens or the password is wrong */
export async function openPop3(port: number, user: string, password: string): Promise<Pop3Client> {
  const socket = await openSocket(() => connect(port, '127.0.0.1'));
  const reader = readLines(socket);
  const answer = async (): Promise<string> => {
    const line = await reader.line();
    if (!line.startsWith('+OK')) throw new Error(`POP3: ${line}`);
    return line;
  };
  const ask = async (command: string): Promise<string> => {
    socket.write(`${command}\r\n`);
    return await answer();
  };

  await answer();
  await ask(`USER ${user}`);
  await ask(`PASS ${password}`);
  return {
    async stat() {
      const [, count, size] = (await ask('STAT')).split(' ');
      return { count: Number(count), size: Number(size) };
    },
    async uidl() {
      await ask('UIDL');
      const lines = (await reader.multiLine()).toString('latin1').split('\r\n').filter(Boolean);
      return new Map(lines.map((line) => [Number(line.split(' ')[0]), line.split(' ')[1] ?? '']));
    },
    async retrieve(number) {
      await ask(`RETR ${number}`);
      return await reader.multiLine();
    },
    async remove(number) {
      await ask(`DELE ${number}`);
    },
    async quit() {
      await ask('QUIT');
      socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}
