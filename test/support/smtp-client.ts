import { connect } from 'node:net';
import { openSocket, readLines } from './line-reader.ts';

/** What the server said: all lines of one reply. */
export type ClientReply = { readonly code: number; readonly text: string };

/** One SMTP session after EHLO, octet for octet: nothing is encoded or added but dot-stuffing. */
export type SmtpClient = AsyncDisposable & {
  /** @throws Error when MAIL, RCPT or DATA is refused. @returns the reply to end-of-data, whatever it is */
  send(reversePath: string, recipients: readonly string[], content: Buffer): Promise<ClientReply>;
  quit(): Promise<void>;
};

/** @throws Error when nobody listens, or the server does not greet */
export async function openSmtp(port: number): Promise<SmtpClient> {
  const socket = await openSocket(() => connect(port, '127.0.0.1'));
  const reader = readLines(socket);
  const reply = async (): Promise<ClientReply> => {
    const lines: string[] = [];
    for (;;) {
      const line = await reader.line();
      lines.push(line.slice(4));
      if (line[3] !== '-') return { code: Number(line.slice(0, 3)), text: lines.join('\n') };
    }
  };
  const expect = async (code: number): Promise<ClientReply> => {
    const got = await reply();
    if (got.code !== code) throw new Error(`SMTP: ${got.code} ${got.text}`);
    return got;
  };

  await expect(220);
  socket.write('EHLO client.example.test\r\n');
  await expect(250);
  return {
    async send(reversePath, recipients, content) {
      const rcpts = recipients.map((recipient) => `RCPT TO:<${recipient}>\r\n`).join('');
      socket.write(`MAIL FROM:<${reversePath}>\r\n${rcpts}DATA\r\n`);
      for (let left = recipients.length + 1; left > 0; left -= 1) await expect(250);
      await expect(354);
      socket.write(stuffed(content));
      return await reply();
    },
    async quit() {
      socket.write('QUIT\r\n');
      await reply();
      socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}

/** Dot-stuffed and ended (RFC 5321 §4.5.2); latin1 keeps each octet as it is. */
function stuffed(content: Buffer): Buffer {
  const text = content.toString('latin1').replaceAll('\r\n.', '\r\n..');
  const first = text.startsWith('.') ? '.' : '';
  const last = text.endsWith('\r\n') ? '' : '\r\n';
  return Buffer.from(`${first}${text}${last}.\r\n`, 'latin1');
}
