import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { openAuth } from '../../../../core/auth/auth.ts';
import { hashPassword } from '../../../../core/auth/password.ts';
import { openClient, type Client } from '../../../support/dialogue.ts';
import { scramClient } from '../../auth/scram-client.ts';
import { hello, serve } from './serve.ts';

const pem = (name: string): Buffer =>
  readFileSync(new URL(`../../../support/certificates/${name}.pem`, import.meta.url));
const context = createSecureContext({ cert: pem('one.cert'), key: pem('one.key') });
const bob = 'bob@example.test';
const hash = await hashPassword('secret');
const auth = openAuth(
  {
    resolve: async (address) => (address === bob ? { kind: 'user', user: bob, mailbox: 'x' } : { kind: 'unknown' }),
    passwordOf: async (user) => (user === bob ? hash : null),
  },
  { now: () => 0 },
);

const encode = (text: string): string => Buffer.from(text).toString('base64');

async function challenge(client: Client): Promise<string> {
  const [, text] = /^334 (.*)$/.exec((await client.line()) ?? '') ?? [];
  return Buffer.from(text ?? '', 'base64').toString();
}

async function logIn(client: Client, mechanism: string, said: Parameters<typeof scramClient>[0]): Promise<boolean> {
  const scram = scramClient(said);
  client.send(`AUTH ${mechanism} ${encode(scram.first)}\r\n`);
  client.send(`${encode(scram.final(await challenge(client)))}\r\n`);
  const isTrusted = scram.trusts(await challenge(client));
  client.send('\r\n');
  return isTrusted;
}

test('AUTH SCRAM-SHA-256 goes to and fro, and the server proves itself before 235 (RFC 5802 §5, RFC 4954 §4)', async () => {
  await using server = await serve({ services: { auth } });
  await using client = await openClient(server.port);
  await client.play(hello);
  expect(await logIn(client, 'SCRAM-SHA-256', { user: bob, password: 'secret' })).toBe(true);
  await client.play('S: 235 2.7.0 Authentication succeeded');
});

test.each([
  [
    'tls-exporter',
    'TLSv1.3',
    (socket: TLSSocket) => socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)),
  ],
  [
    'tls-server-end-point',
    'TLSv1.2',
    (socket: TLSSocket) => createHash('sha256').update(socket.getPeerCertificate().raw).digest(),
  ],
] as const)('AUTH SCRAM-SHA-256-PLUS is tied to the TLS connection by %s (%s)', async (type, version, bindingOf) => {
  await using server = await serve({ services: { auth }, tls: () => context });
  await using client = await openClient(server.port);
  await client.play(`${hello}C: STARTTLS\nS: 220 …`);
  const socket = await client.secure({ minVersion: version, maxVersion: version });
  await client.play('C: EHLO client.test\nS: 250*');
  const said = { user: bob, password: 'secret', header: `p=${type},,`, binding: bindingOf(socket) };
  expect(await logIn(client, 'SCRAM-SHA-256-PLUS', said)).toBe(true);
  await client.play('S: 235 2.7.0 Authentication succeeded');
});

test('AUTH SCRAM-SHA-256-PLUS is not there without TLS', async () => {
  await using server = await serve({ services: { auth } });
  await using client = await openClient(server.port);
  await client.play(`${hello}C: AUTH SCRAM-SHA-256-PLUS\nS: 504 5.5.4 That mechanism is not offered`);
});
