import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { openClient } from '../../../support/dialogue.ts';
import { hello, oneMessage, serve } from './serve.ts';

const big = { limits: { size: 10 * 1024 * 1024 } };
const envelope = `C: MAIL FROM:<ann@client.test>
C: RCPT TO:<bob@example.test>
C: DATA
S: 250 2.1.0 Ok
S: 250 2.1.5 Ok
S: 354 …
`;

test('draining ends sessions at a command boundary and lets content finish', async () => {
  await using server = await serve();
  await using silent = await openClient(server.port);
  await silent.play(hello);
  await using between = await openClient(server.port);
  await between.play(`${hello}\nC: MAIL FROM:<ann@client.test>\nS: 250 …`);
  await using writing = await openClient(server.port);
  await writing.play(`${hello}${envelope}C: half`);

  const drained = server.smtp.drain(60_000);
  await silent.play('S: 421 4.3.2 Service shutting down, try again later\n-- closed');
  await between.play('S: 421 4.3.2 …\n-- closed');
  await writing.play(
    `C: a message
     C: .
     C: MAIL FROM:<ann@client.test>
     S: 250 2.0.0 Ok: queued as …
     S: 421 4.3.2 Service shutting down, try again later
     -- closed`,
  );
  await drained;
  expect(server.submissions).toHaveLength(1);
  expect(server.smtp.sessions).toBe(0);
});

test('who is still there when the grace is over is cut off, and the message is not taken', async () => {
  await using server = await serve();
  await using client = await openClient(server.port);
  await client.play(`${hello}${envelope}C: half a message`);
  await server.smtp.drain(0);
  expect(await client.closed()).toEqual([]);
  expect(server.submissions).toEqual([]);
});

test('a reply that is being worked out is given before 421', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const accepting = Promise.withResolvers<void>();
  await using server = await serve({
    onAccept: async () => {
      accepting.resolve();
      await promise;
    },
  });
  await using client = await openClient(server.port);
  await client.play(`${hello}${oneMessage.replace(/S: 250 2.0.0 Ok: queued.*/, '')}`);
  await accepting.promise;
  const drained = server.smtp.drain(60_000);
  resolve();
  await client.play('S: 250 2.0.0 …\nS: 421 4.3.2 …\n-- closed');
  await drained;
});

test('a client that vanishes in the middle of content leaves nothing behind, and unpins the generation', async () => {
  await using server = await serve({ options: big, sinks: { onDisconnect: () => undefined } });
  await using client = await openClient(server.port);
  await client.play(`${hello}${envelope}R: ${'x'.repeat(300_000)}`);
  await expect.poll(() => server.files()).toHaveLength(1);
  server.rebind({});
  expect(server.freed).toEqual([]);
  client.vanish();
  await expect.poll(() => server.files()).toEqual([]);
  await expect.poll(() => server.freed).toEqual([1]);
  await expect.poll(() => server.smtp.sessions).toBe(0);
  expect(server.submissions).toEqual([]);
});

test('a client that vanishes while its message is being accepted: the message is ours, the session is gone', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const accepting = Promise.withResolvers<void>();
  await using server = await serve({
    onAccept: async () => {
      accepting.resolve();
      await promise;
    },
  });
  await using client = await openClient(server.port);
  await client.play(`${hello}${oneMessage.replace(/S: 250 2.0.0 Ok: queued.*/, '')}`);
  await accepting.promise;
  client.vanish();
  await expect.poll(() => server.smtp.sessions).toBe(0);
  resolve();
  await expect.poll(() => server.submissions).toHaveLength(1);
});

test('who talks before the greeting is refused: 554, then 503 until QUIT (RFC 5321 §3.1)', async () => {
  await using server = await serve({ options: { greetingDelay: 100 } });
  await using client = await openClient(server.port);
  await client.play(
    `C: EHLO client.test
     C: MAIL FROM:<ann@client.test>
     S: 554 5.5.1 You talk before the greeting
     S: 503 5.5.1 No service on this connection, QUIT is what is left
     S: 503 5.5.1 No service on this connection, QUIT is what is left
     C: RCPT TO:<bob@example.test>
     S: 503 5.5.1 …
     C: QUIT
     S: 221 2.0.0 Bye
     -- closed`,
  );
});

test('the greeting is held back as long as it is set to be, and a client that waits is welcome', async () => {
  await using server = await serve({ options: { greetingDelay: 50 } });
  const start = performance.now();
  await using client = await openClient(server.port);
  await client.play(`${hello}${oneMessage}`);
  expect(performance.now() - start).toBeGreaterThanOrEqual(49);
});

test('without a delay, who sends along with the connection is found out all the same', async () => {
  const replies = await Promise.all(
    Array.from({ length: 20 }, async () => {
      await using server = await serve();
      const socket = connect(server.port, '127.0.0.1');
      // Written before the connection stands: it leaves with the last packet of the handshake.
      socket.write('EHLO client.test\r\n');
      await once(socket, 'readable');
      const said = String(socket.read());
      socket.destroy();
      return said.slice(0, 3);
    }),
  );
  expect(replies).toContain('554');
});

test('a client that leaves while the greeting is held back is forgotten', async () => {
  await using server = await serve({ options: { greetingDelay: 60_000 } });
  await using client = await openClient(server.port);
  await expect.poll(() => server.smtp.sessions).toBe(1);
  client.vanish();
  await expect.poll(() => server.smtp.sessions).toBe(0);
});

test('a client sends no faster than the disk takes: no more than a block waits in memory', async () => {
  const blocks: number[] = [];
  const disk = Promise.withResolvers<void>();
  await using server = await serve({
    options: big,
    services: {
      content: {
        spool: () => ({
          async write(chunk) {
            blocks.push(chunk.length);
            await disk.promise;
          },
          finish: async () => ({ kind: 'inline', octets: Buffer.from('spooled') }),
          [Symbol.asyncDispose]: async () => undefined,
        }),
        read: async () => Buffer.from('spooled'),
        write: () => Promise.reject(new Error('unused')),
        discard: async () => undefined,
      },
    },
  });
  await using client = await openClient(server.port);
  await client.play(`${hello}${envelope}`);
  const line = Buffer.from(`${'x'.repeat(998)}\r\n`);
  for (let sent = 0; sent < 8 * 1024 * 1024; sent += line.length) client.socket.write(line);
  await expect.poll(() => blocks).toEqual([64 * 1024]);
  await expect.poll(() => client.socket.writableLength).toBeGreaterThan(1024 * 1024);
  expect(blocks).toHaveLength(1);
  disk.resolve();
  await client.play('C: .\nS: 250 2.0.0 …');
  expect(blocks.length).toBeGreaterThan(100);
});

test('a client that closes its side after end-of-data still gets the reply, so it does not send the message again', async () => {
  await using served = await serve();
  await using client = await openClient(served.port);
  await client.play(`
    S: 220 …
    C: EHLO client.test
    S: 250*
    C: MAIL FROM:<ann@client.test>
    S: 250 …
    C: RCPT TO:<bob@example.test>
    S: 250 …
    C: DATA
    S: 354 …
    R: Subject: hello\\r\\n\\r\\nhello\\r\\n.\\r\\n
    -- close
    S: 250 2.0.0 Ok: queued as …
    -- closed`);
  expect(served.submissions).toHaveLength(1);
});
