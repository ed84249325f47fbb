import { expect, test } from 'vitest';
import { openClient, play } from '../../../support/dialogue.ts';
import { hello, oneMessage, serve } from './serve.ts';

test('a message over the size limit is read to its end and refused, whether announced or not (RFC 1870)', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test> SIZE=65537
     S: 552 5.3.4 The message is larger than 65536 octets
     C: MAIL FROM:<ann@client.test> SIZE=10
     C: RCPT TO:<bob@example.test>
     C: DATA
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 354 …
     C: ${'x'.repeat(65535)}
     C: .
     S: 552 5.3.4 The message is larger than 65536 octets
     ${oneMessage}`,
    server.port,
  );
  expect(await server.files()).toEqual([]);
});

test('a message of exactly the limit is taken; what transparency adds does not count', async () => {
  await using server = await serve();
  const line = `.${'x'.repeat(65533)}`;
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<bob@example.test>
     C: DATA
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 354 …
     C: .${line}
     C: .
     S: 250 2.0.0 …`,
    server.port,
  );
  expect(server.submissions[0]?.text.endsWith(`\r\n${line}\r\n`)).toBe(true);
  expect(server.submissions[0]?.content.kind).toBe('file');
});

test('who goes on sending far beyond the limit is hung up on', async () => {
  await using server = await serve();
  await using client = await openClient(server.port);
  await client.play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<bob@example.test>
     C: DATA
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 354 …`,
  );
  const piece = Buffer.alloc(64 * 1024, 'A');
  for (let sent = 0; sent < 3 * 1024 * 1024; sent += piece.length) client.socket.write(piece);
  await client.play('S: 552 5.3.4 …\n-- closed');
});

test('the recipient after the last is deferred, and the others get the message (RFC 5321 §4.5.3.1.10)', async () => {
  await using server = await serve({ options: { limits: { recipients: 2 } } });
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<ann@example.test>
     C: RCPT TO:<Bob@example.test>
     C: RCPT TO:<bob@example.test>
     C: DATA
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 250 2.1.5 Ok
     S: 452 4.5.3 Too many recipients
     S: 354 …
     C: .
     S: 250 2.0.0 …`,
    server.port,
  );
  expect(server.submissions[0]?.recipients).toEqual(['ann@example.test', 'Bob@example.test']);
});

test('a silent client is told 421 and closed; while it waits for us, its silence does not count', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = await serve({ options: { limits: { idle: 50 } }, onAccept: () => promise });
  await play(
    `${hello}
     S: 421 4.4.2 Idle for too long, closing
     -- closed`,
    server.port,
  );
  await using client = await openClient(server.port);
  await client.play(`${hello}${oneMessage.replace(/S: 250 2.0.0 Ok: queued.*/, '')}`);
  await play(`S: 220 …\nS: 421 4.4.2 …\n-- closed`, server.port);
  resolve();
  await client.play('S: 250 2.0.0 …');
});

test('idle in the middle of content leaves nothing behind', async () => {
  await using server = await serve({ options: { limits: { idle: 50, size: 1024 * 1024 } } });
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<bob@example.test>
     C: DATA
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 354 …
     C: ${'x'.repeat(200_000)}
     S: 421 4.4.2 Idle for too long, closing
     -- closed`,
    server.port,
  );
  expect(server.submissions).toEqual([]);
  await expect.poll(() => server.files()).toEqual([]);
});

test('after so many messages on one connection the next is 421', async () => {
  await using server = await serve({ options: { limits: { messagesPerConnection: 1 } } });
  await play(
    `${hello}${oneMessage}
     C: MAIL FROM:<ann@client.test>
     S: 421 4.7.0 Too many messages on this connection, open another
     -- closed`,
    server.port,
  );
});

test('twenty errors are answered, the next ends the session; a message wipes the slate', async () => {
  await using server = await serve();
  const error = 'C: BOGUS\nS: 500 5.5.2 Command not recognized\n';
  await play(
    `${hello}${error.repeat(20)}${oneMessage}${error.repeat(21)}
     S: 421 4.7.0 Too many errors, closing
     -- closed`,
    server.port,
  );
});

test('a client that does not read its replies does not make the server remember them all', async () => {
  await using server = await serve();
  await using client = await openClient(server.port);
  await client.play(hello);
  client.socket.pause();
  const group = Buffer.from('HELP\r\n'.repeat(10_000));
  let isHeldBack = false;
  for (let sent = 0; sent < 2_000 && !isHeldBack; sent += 1) {
    isHeldBack = !client.socket.write(group) && client.socket.writableLength > 20 * group.length;
    await new Promise(setImmediate);
  }
  expect(isHeldBack).toBe(true);
});
