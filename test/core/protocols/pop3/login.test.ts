import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { openAuth } from '../../../../core/auth/auth.ts';
import { hashPassword } from '../../../../core/auth/password.ts';
import { reject } from '../../../../sdk/decisions.ts';
import { openClient, play } from '../../../support/dialogue.ts';
import { scramClient } from '../../auth/scram-client.ts';
import { greeting, listen, open, servicesOf } from './pop3-server.ts';

const pem = (name: string): Buffer => readFileSync(new URL(`../../../support/certificates/${name}`, import.meta.url));
const context = createSecureContext({ cert: pem('one.cert.pem'), key: pem('one.key.pem') });
const encode = (text: string): string => Buffer.from(text).toString('base64');
const one = ['Subject: one\r\n\r\nfirst\r\n'];
const right = encode('\0bob\0open sesame');

test('AUTH PLAIN logs in, with an initial response or after a challenge (RFC 5034 §4)', async () => {
  const [services, seen] = servicesOf(one);
  await using server = await listen(services);
  await play(`${greeting}\nC: AUTH PLAIN ${right}\nC: STAT\nS: +OK maildrop has …\nS: +OK 1 23`, server.port);
  // `+ ` with nothing after it: the player takes no blank at the end of a line.
  await play(`${greeting}\nC: AUTH PLAIN\nS: +…\nC: ${right}\nS: +OK maildrop has …`, server.port);
  await play(
    `${greeting}
     C: auth login
     S: + ${encode('Username:')}
     C: ${encode('bob')}
     S: + ${encode('Password:')}
     C: ${encode('wrong')}
     S: -ERR [AUTH] authentication failed
     C: AUTH LOGIN ${encode('bob')}
     S: + ${encode('Password:')}
     C: *
     S: -ERR authentication cancelled
     C: AUTH PLAIN not-base64
     S: -ERR malformed authentication response
     C: AUTH GSSAPI
     S: -ERR that mechanism is not offered
     C: AUTH
     S: -ERR syntax: see RFC 5034 section 4`,
    server.port,
  );
  expect(seen.events.filter(({ event }) => event === 'onAuth').map(({ payload }) => payload)).toContainEqual({
    mechanism: 'LOGIN',
    identity: 'bob',
    verified: false,
  });
  expect(JSON.stringify(seen.events)).not.toMatch(/sesame|wrong/);
});

test('a response may be longer than a command, and no longer than a response may be', async () => {
  const [services] = servicesOf(one);
  await using server = await listen(services);
  const long = encode('x'.repeat(1_000));
  await play(
    `${greeting}
     C: AUTH LOGIN
     S: + …
     C: ${long}
     S: + …
     C: ${'x'.repeat(13_000)}
     S: -ERR authentication response too long
     C: ${long}
     S: -ERR line too long: …`,
    server.port,
  );
});

test('AUTH SCRAM-SHA-256 is the exchange SMTP has', async () => {
  const [services] = servicesOf(one);
  const user = 'bob@example.test';
  const hash = await hashPassword('secret');
  const auth = openAuth(
    { resolve: async () => ({ kind: 'user', user, mailbox: `${user}/INBOX` }), passwordOf: async () => hash },
    { now: () => 0 },
  );
  await using server = await listen({ ...services, auth });
  await using client = await openClient(server.port);
  const scram = scramClient({ user, password: 'secret' });
  await client.play(`${greeting}\nC: AUTH SCRAM-SHA-256 ${encode(scram.first)}`);
  const text = async (): Promise<string> => Buffer.from((await client.line())?.slice(2) ?? '', 'base64').toString();
  await client.play(`C: ${encode(scram.final(await text()))}`);
  expect(scram.trusts(await text())).toBe(true);
  await client.play('C:\nS: +OK maildrop has …');
});

test('a sink refuses who has the right password by AUTH too', async () => {
  const [services] = servicesOf(one, (event) => (event === 'onAuth' ? reject('not from there') : undefined));
  await using server = await listen(services);
  await play(`${greeting}\nC: AUTH PLAIN ${right}\nS: -ERR [AUTH] not from there`, server.port);
});

test('STLS begins TLS and forgets what was said in the clear (RFC 2595 §4)', async () => {
  const [services, seen] = servicesOf(one);
  await using server = await listen(services, open, () => context);
  await using client = await openClient(server.port);
  await client.play(
    `${greeting}
     C: CAPA
     S: +OK capabilities follow
     S: USER
     S: SASL SCRAM-SHA-256 PLAIN LOGIN
     S: STLS
     S: TOP
     S: UIDL
     S: RESP-CODES
     S: AUTH-RESP-CODE
     S: PIPELINING
     S: EXPIRE NEVER
     S: .
     C: USER bob
     S: +OK send PASS
     C: STLS
     S: +OK begin TLS`,
  );
  await client.secure();
  await client.play(
    `C: PASS open sesame
     S: -ERR send USER first
     C: STLS
     S: -ERR TLS is not offered here, or is active already
     C: CAPA
     S: +OK capabilities follow
     S: USER
     S: SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN
     S: TOP
     S: UIDL
     S: RESP-CODES
     S: AUTH-RESP-CODE
     S: PIPELINING
     S: EXPIRE NEVER
     S: .
     C: AUTH PLAIN ${right}
     S: +OK maildrop has …
     C: STLS
     S: -ERR STLS is not allowed now
     C: QUIT
     S: +OK bye
     -- closed`,
  );
  expect(seen.events.map(({ event }) => event)).toContain('onStartTls');
});

test('nothing sent in the clear along with STLS is run (CVE-2011-0411, CVE-2021-33515)', async () => {
  const [services, seen] = servicesOf(one);
  await using server = await listen(services, open, () => context);
  await using client = await openClient(server.port);
  await client.play(greeting);
  client.send('STLS\r\nUSER bob\r\nPASS open sesame\r\n');
  await client.play('S: +OK begin TLS');
  await client.secure();
  await client.play('C: STAT\nS: -ERR STAT is not allowed now');
  expect(seen.events.filter(({ event }) => event === 'onAuth')).toEqual([]);
});

test('a handshake that fails ends its own connection and no other', async () => {
  const [services] = servicesOf(one);
  await using server = await listen(services, open, () => context);
  await using client = await openClient(server.port);
  await client.play(`${greeting}\nC: STLS\nS: +OK begin TLS`);
  client.send('this is no TLS\r\n');
  if (!client.socket.closed) await once(client.socket, 'close');
  await play(greeting, server.port);
});

test('without a certificate STLS is not there, and without TLS no password from elsewhere', async () => {
  const [services] = servicesOf(one);
  await using server = await listen(services);
  await play(`${greeting}\nC: STLS\nS: -ERR TLS is not offered here, or is active already`, server.port);
});
