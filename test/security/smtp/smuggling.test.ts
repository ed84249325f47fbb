import { expect, test } from 'vitest';
import { openClient, play } from '../../support/dialogue.ts';
import { hello, oneMessage, serve } from '../../core/protocols/smtp/serve.ts';

const toData = `${hello}
C: MAIL FROM:<ann@client.test>
C: RCPT TO:<bob@example.test>
C: DATA
S: 250 2.1.0 Ok
S: 250 2.1.5 Ok
S: 354 …
`;
const smuggled = String.raw`MAIL FROM:<admin@example.test>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\nforged\r\n.\r\n`;

// CVE-2023-51764 (Postfix), CVE-2023-51765 (sendmail), CVE-2023-51766 (Exim): other ends of data than CRLF.CRLF.
test.each([
  String.raw`\n.\n`,
  String.raw`\n.\r\n`,
  String.raw`\r\n.\n`,
  String.raw`\r.\r`,
  String.raw`\r\n.\r`,
  String.raw`\r.\r\n`,
  String.raw`\n.\r`,
  String.raw`\r\n.\r\r\n`,
])('%s does not end data, and the message is refused once it has ended', async (ending) => {
  await using server = await serve();
  await play(
    `${toData}
     R: hello${ending}${smuggled}
     S: 550 5.5.2 The message has a LF or CR alone; every line ends with CRLF
     ${oneMessage}`,
    server.port,
  );
  expect(server.submissions).toHaveLength(1);
  expect(server.submissions[0]?.text).not.toContain('forged');
});

test('CRLF.CRLF ends data wherever the segments are cut, and NUL-before-dot does not', async () => {
  await using server = await serve();
  await using client = await openClient(server.port);
  await client.play(toData);
  for (const octet of 'hello\r\n..\r\n...\r\n.x\r\n.\r\n') {
    client.send(octet);
    await new Promise(setImmediate);
  }
  await client.play(`S: 250 2.0.0 …`);
  expect(server.submissions[0]?.text).toMatch(/\r\nhello\r\n\.\r\n\.\.\r\nx\r\n$/);
});

test('a message with NUL is refused after it was read (RFC 5321 §4.5.2, RFC 2045 §2.7)', async () => {
  await using server = await serve();
  await play(
    String.raw`${toData}
     R: Subject: a\0b\r\n\r\n\0\r\n.\r\n
     S: 550 5.6.0 The message has a NUL
     ${oneMessage}`,
    server.port,
  );
});

test('a command line ends with CRLF and nothing else', async () => {
  await using server = await serve();
  await play(
    String.raw`S: 220 …
     R: EHLO client.test\nMAIL FROM:<ann@client.test>\r\n
     S: 500 5.5.2 A line ends with CRLF, not with LF or CR alone
     R: EHLO client.test\rNOOP\r\n
     S: 500 5.5.2 A line ends with CRLF, not with LF or CR alone
     R: EHLO client.test\r\r\n
     S: 500 5.5.2 A line ends with CRLF, not with LF or CR alone
     R: EHLO cli\0ent.test\r\n
     S: 500 5.5.2 NUL is not allowed in a command
     R: NOOP\n
     S: 500 5.5.2 A line ends with CRLF, not with LF or CR alone
     R: QUIT\nQUIT\n\r\nNOOP\r
     R: \n
     S: 250 2.0.0 Ok`,
    server.port,
  );
});

test('a bare LF hides nothing in an envelope command', async () => {
  await using server = await serve();
  await play(
    String.raw`${hello}
     R: MAIL FROM:<ann@client.test>\nRCPT TO:<bob@example.test>\nDATA\r\n
     S: 500 5.5.2 …
     C: RCPT TO:<bob@example.test>
     S: 503 5.5.1 MAIL first`,
    server.port,
  );
});

test('the octets of a refused BDAT never run as commands (RFC 3030 §2)', async () => {
  await using server = await serve();
  await play(
    String.raw`${hello}
     C: MAIL FROM:<ann@client.test>
     S: 250 …
     R: BDAT 23 LAST\r\nVRFY bob\r\nNOOP\r\nNOOP\r\nX
     S: 554 5.5.1 No valid recipients
     R: BDAT 6\r\n
     R: NO
     R: OP\r\nBDAT 0 LAST\r\nNOOP\r\n
     S: 503 5.5.1 MAIL first
     S: 503 5.5.1 MAIL first
     S: 250 2.0.0 Ok
     ${oneMessage}`,
    server.port,
  );
});

test.each(['BDAT', 'BDAT LAST', 'BDAT -1', 'BDAT 1e3', 'BDAT 99999999999', 'BDAT 9 NOW'])(
  '%s: where the chunk ends cannot be told, so the session ends',
  async (line) => {
    await using server = await serve();
    await play(
      String.raw`${hello}
       R: ${line}\r\nNOOP\r\n
       S: 501 5.5.4 Syntax: BDAT <size> [LAST]
       -- closed`,
      server.port,
    );
  },
);

test('CVE-2026-38728: a line without end takes no memory; it is refused at once and thrown away', async () => {
  await using server = await serve();
  await using client = await openClient(server.port);
  await client.play(hello);
  const piece = Buffer.alloc(32 * 1024, 'A');
  for (let sent = 0; sent < 1024 * 1024; sent += piece.length) client.socket.write(piece);
  await client.play('S: 500 5.5.2 Line too long');
  client.send('\r\nNOOP\r\n');
  await client.play('S: 250 2.0.0 Ok');
  for (let sent = 0; sent < 2 * 1024 * 1024; sent += piece.length) client.socket.write(piece);
  await client.play('S: 500 5.5.2 Line too long\nS: 421 4.7.0 Too many errors, closing\n-- closed');
});

test('the command-line limit counts CRLF and does not depend on segments', async () => {
  await using server = await serve();
  await using client = await openClient(server.port);
  const noop = `NOOP ${'x'.repeat(512 - 7)}\r\n`;
  await client.play(hello);
  client.send(noop);
  await client.play('S: 250 2.0.0 Ok');
  for (const octet of noop) client.send(octet);
  await client.play('S: 250 2.0.0 Ok');
  client.send(`X${noop}`);
  await client.play('S: 500 5.5.2 Line too long');
});
