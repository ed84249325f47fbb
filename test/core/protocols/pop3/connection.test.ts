import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openClient, play } from '../../../support/dialogue.ts';
import { greeting, listen, login, open, servicesOf } from './pop3-server.ts';

const large = `${'.x'.repeat(38)}\r\n`.repeat(100_000);

test('a large message goes out as fast as the client takes it, and whole', async () => {
  const [services] = servicesOf([large]);
  await using server = await listen(services);
  await using client = await openClient(server.port);
  await client.play(`${login}\nC: RETR 1\nS: +OK ${large.length} octets`);
  let octets = 0;
  for (let line = await client.line(); line !== '.'; line = await client.line()) octets += (line ?? '').length + 1;
  expect(octets).toBe(large.length); // one dot more and CRLF on each line
  await client.play('C: NOOP\nS: +OK nothing done');
});

test('a client that does not read is cut off by the autologout timer, and its maildrop let go', async () => {
  const [services, seen] = servicesOf([large, large]);
  await using server = await listen(services, { ...open, limits: { ...open.limits, idle: 100 } });
  await using client = await openClient(server.port);
  client.socket.pause();
  client.send('USER bob\r\nPASS open sesame\r\nDELE 2\r\nRETR 1\r\nQUIT\r\n');
  await expect.poll(() => seen.events.at(-1)?.event).toBe('onDisconnect');
  expect(seen.mail.size).toBe(2);
});

test('silence closes the connection without a word (RFC 1939 §3)', async () => {
  const [services] = servicesOf([]);
  await using server = await listen(services, { ...open, limits: { ...open.limits, idle: 30 } });
  await play(`${greeting}\n-- closed`, server.port);
});

test('drain() ends sessions at a command boundary', async () => {
  const asked = Promise.withResolvers<void>();
  const [services] = servicesOf(['a\r\n']);
  const store = {
    ...services.store,
    async octets() {
      asked.resolve();
      await new Promise(setImmediate);
      return Buffer.from('a\r\n');
    },
  };
  await using server = await listen({ ...services, store });
  await using idle = await openClient(server.port);
  await idle.play(greeting);
  await using busy = await openClient(server.port);
  await busy.play(login);
  busy.send('RETR 1\r\n');
  await asked.promise;
  await server.pop3.drain(10_000);
  await busy.play('S: +OK 3 octets\nS: a\nS: .\n-- closed');
  await idle.play('-- closed');
  expect(server.pop3.sessions).toBe(0);
});

test('passwords in the clear are taken on loopback and where the operator says so', async () => {
  const [services] = servicesOf([]);
  await using server = await listen(services, { ...open, allowPlaintext: false });
  await play(login, server.port);
});

test('refuse() says why and closes', async () => {
  const [services] = servicesOf([]);
  await using server = await listen(services);
  const door = createServer((socket) => server.pop3.refuse(socket, 'too-many-connections')).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  await play('S: -ERR [SYS/TEMP] too many connections, try again later\n-- closed', port);
  door.close();
});
