import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createListeners, formatAddress } from '../../../core/servers/listeners.ts';
import { virtualServerOptions } from '../../../core/servers/options.ts';
import { VirtualServer, type ServerSettings } from '../../../core/servers/virtual-server.ts';
import type { SmtpOptions } from '../../../core/protocols/smtp/smtp.ts';
import { openClient } from '../../support/dialogue.ts';
import { smtpOf } from './smtp-of.ts';

const pem = (name: string): string => fileURLToPath(new URL(`../../support/certificates/${name}.pem`, import.meta.url));
const tls = { certificate: pem('one.cert'), key: pem('one.key') };

const said = { id: 'mx', protocol: 'smtp', hostname: 'mail.example.test' };

function settingsOf(listen: readonly string[], limits: object = {}): ServerSettings<SmtpOptions> {
  const options = virtualServerOptions.parse({ ...said, listen, tls, limits });
  if (options.protocol !== 'smtp') throw new Error('not SMTP');
  return { ...options, options: { ...options, hostname: 'mail.example.test' } };
}

function create(settings: ServerSettings<SmtpOptions>): VirtualServer<SmtpOptions> {
  const house = smtpOf();
  const parts = { id: 'mx', listeners: createListeners(house.log), log: house.log };
  return new VirtualServer({ ...parts, createProtocol: house.createProtocol('mx') }, settings);
}

test('at a tls:// address TLS comes before the greeting, and STARTTLS is not offered again (RFC 8314 §3.3)', async () => {
  await using server = create(settingsOf(['tls://127.0.0.1:0']));
  await server.start();
  const [address] = server.addresses;
  expect(formatAddress(address ?? { address: '', port: 0 })).toMatch(/^tls:\/\/127\.0\.0\.1:\d+$/);
  await using client = await openClient(address?.port ?? 0);
  const secured = await client.secure();
  expect(secured.getPeerCertificate().subject.CN).toBe('one.example.test');
  await client.play(
    `S: 220 mail.example.test ESMTP Sluice
     C: EHLO client.test
     S: 250-mail.example.test
     S: 250-PIPELINING
     S: 250-SIZE …
     S: 250-8BITMIME
     S: 250-SMTPUTF8
     S: 250-ENHANCEDSTATUSCODES
     S: 250-CHUNKING
     S: 250-DSN
     S: 250-LIMITS …
     S: 250 AUTH … PLAIN LOGIN
     C: STARTTLS
     S: 503 5.5.1 TLS is already active`,
  );
  expect(server.sessions).toBe(1);
});

test('a handshake that fails ends its own connection and is counted off', async () => {
  await using server = create(settingsOf(['tls://127.0.0.1:0'], { connections: 1 }));
  await server.start();
  const port = server.addresses[0]?.port ?? 0;
  await using broken = await openClient(port);
  broken.send('EHLO client.test\r\n');
  expect(await broken.closed()).not.toContainEqual(expect.stringMatching(/^\d{3}/));
  await using client = await openClient(port);
  await client.secure();
  await client.play('S: 220 …');
});

test('who is over the limit is cut off at a tls:// address: it could not read why', async () => {
  await using server = create(settingsOf(['tls://127.0.0.1:0'], { connections: 1 }));
  await server.start();
  const port = server.addresses[0]?.port ?? 0;
  await using first = await openClient(port);
  await first.secure();
  await first.play('S: 220 …');
  await using second = await openClient(port);
  expect(await second.closed()).toEqual([]);
});

test('stopping cuts off who is in the middle of a handshake', async () => {
  await using server = create(settingsOf(['tls://127.0.0.1:0']));
  await server.start();
  await using client = await openClient(server.addresses[0]?.port ?? 0);
  client.send('\x16\x03'); // the first octets of a ClientHello
  await server.stop(60_000);
  expect(await client.closed()).toEqual([]);
});

test.each([
  [{ ...said, listen: ['127.0.0.1:25', 'tls://127.0.0.1:465'] }, ['listen', 1], 'tls:// wants a certificate'],
  [{ ...said, listen: ['tls:127.0.0.1:465'] }, ['listen', 0], 'expected an address and port such as'],
])('%j is refused where it is wrong', (options, path, text) => {
  const { error } = virtualServerOptions.safeParse(options);
  expect(error?.issues).toMatchObject([{ path, message: expect.stringContaining(text) }]);
});
