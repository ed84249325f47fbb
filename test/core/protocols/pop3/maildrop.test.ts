import { expect, test } from 'vitest';
import { openClient, play } from '../../../support/dialogue.ts';
import { greeting, listen, login, servicesOf } from './pop3-server.ts';

const one = ['Subject: one\r\n\r\nfirst\r\n'];
const inUse = `${greeting}
  C: USER bob
  S: +OK send PASS
  C: PASS open sesame
  S: -ERR [IN-USE] another session has this maildrop`;

test('a maildrop has one session at a time, also over two servers of one store (RFC 1939 §4, RFC 2449 §8.1.1)', async () => {
  const [services] = servicesOf(one);
  await using server = await listen(services);
  await using other = await listen(services);
  await using first = await openClient(server.port);
  await first.play(login);
  await play(inUse, server.port);
  await play(inUse, other.port);
  await first.play('C: QUIT\nS: +OK bye\n-- closed');
  await play(login, other.port);
});

test('the lock goes with a client that vanishes', async () => {
  const [services, seen] = servicesOf(one);
  await using server = await listen(services);
  await using first = await openClient(server.port);
  await first.play(`${login}\nC: DELE 1\nS: +OK message 1 deleted`);
  first.vanish();
  await server.pop3.drain(10_000);
  await play(login, server.port);
  expect([...seen.mail.keys()]).toEqual([1]);
});

test('mail that comes during a session is seen by the next one (RFC 1939 §4)', async () => {
  const [services, seen] = servicesOf(one);
  await using server = await listen(services);
  await using first = await openClient(server.port);
  await first.play(login);
  seen.mail.set(2, Buffer.from('Subject: late\r\n\r\n'));
  await first.play('C: STAT\nS: +OK 1 23\nC: RETR 2\nS: -ERR no such message\nC: QUIT\nS: +OK bye\n-- closed');
  await play(`${login}\nC: STAT\nS: +OK 2 40`, server.port);
});

test('QUIT ends the session and says so when the removal failed (RFC 1939 §6)', async () => {
  const [services] = servicesOf(one);
  const store = { ...services.store, expunge: () => Promise.reject(new Error('disk on fire')) };
  await using server = await listen({ ...services, store });
  await play(
    `${login}
     C: DELE 1
     S: +OK message 1 deleted
     C: QUIT
     S: -ERR [SYS/TEMP] local error, try again later
     -- closed`,
    server.port,
  );
});
