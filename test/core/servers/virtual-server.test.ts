import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { createListeners, formatAddress, type Listeners } from '../../../core/servers/listeners.ts';
import { VirtualServer, type ServerSettings } from '../../../core/servers/virtual-server.ts';
import { openClient, play } from '../../support/dialogue.ts';
import { smtpOf, type SmtpHouse } from './smtp-of.ts';
import type { SmtpOptions } from '../../../core/protocols/smtp/smtp.ts';

const folder = await mkdtemp(join(tmpdir(), 'servers-'));
afterAll(() => rm(folder, { recursive: true }));
const pem = (name: string): string => fileURLToPath(new URL(`../../support/certificates/${name}.pem`, import.meta.url));
const tls = { certificate: pem('one.cert'), key: pem('one.key') };

type Said = Partial<Omit<ServerSettings<SmtpOptions>, 'options'>> & { readonly hostname?: string };

function settingsOf({ hostname = 'mail.example.test', ...said }: Said = {}): ServerSettings<SmtpOptions> {
  const logins = { loginAttempts: 3, loginDelay: 0 };
  const limits = {
    size: 65_536,
    recipients: 5,
    commandLength: 512,
    idle: 60_000,
    messagesPerConnection: 100,
    errors: 20,
    tarpit: 0,
    ...logins,
  };
  const auth = { allowPlaintext: false, required: false };
  return {
    listen: [{ address: '127.0.0.1', port: 0 }],
    limits: { connections: 10, connectionsPerAddress: 5 },
    access: { allow: [], deny: [] },
    tls: null,
    options: {
      hostname,
      greetingDelay: 0,
      auth,
      vrfy: 'ambiguous',
      requireTls: false,
      relay: { authenticated: true, from: [] },
      limits,
    },
    ...said,
  };
}

function create(house: SmtpHouse, said: Said = {}, id = 'mx', listeners = createListeners(house.log)) {
  const parts = { id, listeners, log: house.log, createProtocol: house.createProtocol(id) };
  return new VirtualServer<SmtpOptions>(parts, settingsOf(said));
}

const portOf = ({ addresses }: VirtualServer<SmtpOptions>): number => addresses[0]?.port ?? 0;

/** What EHLO announces with or without TLS: eight lines. */
const always = '\nS: 250-…'.repeat(8);

test('starts, serves, stops: and makes no other moves', async () => {
  await using server = create(smtpOf());
  expect(server).toMatchObject({ state: 'stopped', addresses: [] });
  expect(() => server.pause()).toThrow('server.state');
  await server.start();
  expect(server.state).toBe('running');
  await expect(server.start()).rejects.toThrow('server.state');
  const port = portOf(server);
  await play('S: 220 mail.example.test …', port);
  await server.stop(0);
  expect(server).toMatchObject({ state: 'stopped', addresses: [], sessions: 0 });
  await expect(openClient(port)).rejects.toThrow('ECONNREFUSED');
  await server.start();
  await play('S: 220 mail.example.test …', portOf(server));
});

test('a paused server keeps its sessions and refuses new ones until it is resumed', async () => {
  await using server = create(smtpOf());
  await server.start();
  await using before = await openClient(portOf(server));
  await before.play('S: 220 …');
  server.pause();
  await play('S: 421 4.3.2 Service paused, try again later\n-- closed', portOf(server));
  await before.play('C: NOOP\nS: 250 2.0.0 Ok');
  server.resume();
  await play('S: 220 …', portOf(server));
});

test('connections over the limit are told so, and one that ends makes room', async () => {
  await using server = create(smtpOf(), { limits: { connections: 3, connectionsPerAddress: 2 } });
  await server.start();
  const port = portOf(server);
  await using first = await openClient(port);
  await using second = await openClient(port);
  await first.play('S: 220 …');
  await second.play('S: 220 …');
  await play('S: 421 4.7.0 Too many connections from your address, try again later\n-- closed', port);
  await using other = await openClient({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  await other.play('S: 220 …');
  await play('S: 421 4.7.0 Too many connections, try again later\n-- closed', port);
  await first.play('C: QUIT\nS: 221 …\n-- closed');
  first.socket.destroy();
  await expect.poll(() => server.sessions).toBe(2);
  await play('S: 220 …', port);
});

test('a session that went to TLS is counted off like any other', async () => {
  await using server = create(smtpOf(), { tls, limits: { connections: 1, connectionsPerAddress: 1 } });
  await server.start();
  for (let round = 0; round < 3; round += 1) {
    await using client = await openClient(portOf(server));
    await client.play('S: 220 …\nC: EHLO client.test\nS: 250*\nC: STARTTLS\nS: 220 …');
    await client.secure();
    await client.play('C: QUIT\nS: 221 …\n-- closed');
    client.socket.destroy();
    await expect.poll(() => server.sessions).toBe(0);
  }
});

test('an address in use is told with the name of the virtual server, and starting may be tried again', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  await using server = create(smtpOf(), {
    listen: [
      { address: '127.0.0.1', port: 0 },
      { address: '127.0.0.1', port },
    ],
  });
  await expect(server.start()).rejects.toMatchObject({
    code: 'server.listen',
    context: { reason: `mx cannot listen on 127.0.0.1:${port}: another program listens there already` },
  });
  expect(server.state).toBe('failed');
  await new Promise((resolve) => taken.close(resolve));
  await server.start();
  await play('S: 220 …', port);
});

const firstFreePort = await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => '1024');
const mayTakeAll = process.getuid?.() === 0 || Number(firstFreePort) <= 25;

test.skipIf(mayTakeAll)('a port below 1024 is told as such', async () => {
  await using server = create(smtpOf(), { listen: [{ address: '127.0.0.1', port: 25 }] });
  await expect(server.start()).rejects.toMatchObject({ context: { reason: expect.stringContaining('below 1024') } });
});

test('an address this machine does not have is told as such', async () => {
  await using server = create(smtpOf(), { listen: [{ address: '192.0.2.1', port: 2525 }] });
  await expect(server.start()).rejects.toMatchObject({
    context: { reason: 'mx cannot listen on 192.0.2.1:2525: this machine has no such address' },
  });
});

test('other settings come into force without dropping a session; what is undone never was', async () => {
  await using server = create(smtpOf());
  await server.start();
  const [port] = [portOf(server)];
  await using before = await openClient(port);
  await before.play('S: 220 mail.example.test …');

  const undone = await server.prepare(settingsOf({ hostname: 'undone.example.test' }));
  await undone.undo();
  await play('S: 220 mail.example.test …', port);

  const change = await server.prepare(settingsOf({ hostname: 'new.example.test', tls }));
  await play('S: 220 mail.example.test …', port);
  change.commit();
  await change.drain();
  expect(portOf(server)).toBe(port);
  await play('S: 220 new.example.test …', port);
  await before.play(
    `C: EHLO client.test\nS: 250-new.example.test${always}\nS: 250-STARTTLS\nS: 250 AUTH … PLAIN LOGIN`,
  );
});

test('a listener moves: the new address is served, the old one closed, the sessions stay', async () => {
  const listeners = createListeners(smtpOf().log);
  await using server = create(smtpOf(), {}, 'mx', listeners);
  await server.start();
  const before = portOf(server);
  await using client = await openClient(before);
  await client.play('S: 220 …');
  const lease = await listeners.open('probe', { address: '127.0.0.1', port: 0 });
  const { port } = lease.local;
  lease.release();
  const change = await server.prepare(settingsOf({ listen: [{ address: '127.0.0.1', port }] }));
  change.commit();
  await change.drain();
  await play('S: 220 …', port);
  await expect(openClient(before)).rejects.toThrow('ECONNREFUSED');
  await client.play('C: NOOP\nS: 250 2.0.0 Ok');
});

test('an address goes from one virtual server to the next without refusing a connection', async () => {
  const listeners = createListeners(smtpOf().log);
  const found = await listeners.open('probe', { address: '127.0.0.1', port: 0 });
  const listen = [found.local];
  found.release();
  await using old = create(smtpOf(), { listen, hostname: 'old.example.test' }, 'old', listeners);
  await old.start();
  await using next = create(smtpOf(), { listen, hostname: 'next.example.test' }, 'next', listeners);
  const start = await next.prepareStart();
  await play('S: 220 old.example.test …', found.local.port);
  start.commit();
  await play('S: 220 next.example.test …', found.local.port);
  await old.stop(0);
  await play('S: 220 next.example.test …', found.local.port);
});

test('who connects between binding and serving waits, and is served', async () => {
  const listeners: Listeners = createListeners(smtpOf().log);
  await using server = create(smtpOf(), {}, 'mx', listeners);
  const start = await server.prepareStart();
  const lease = await listeners.open('mx', { address: '127.0.0.1', port: 0 });
  await using client = await openClient(lease.local.port);
  start.commit();
  await client.play('S: 220 …');
  lease.release();
  await play('S: 220 …', portOf(server));
});

test('two virtual servers with settings of their own live in one process', async () => {
  const listeners = createListeners(smtpOf().log);
  await using one = create(smtpOf(), { hostname: 'one.example.test' }, 'one', listeners);
  await using two = create(
    smtpOf(),
    { hostname: 'two.example.test', tls, limits: { connections: 1, connectionsPerAddress: 1 } },
    'two',
    listeners,
  );
  await one.start();
  await two.start();
  expect(portOf(one)).not.toBe(portOf(two));
  await using client = await openClient(portOf(two));
  await client.play(
    `S: 220 two.example.test …\nC: EHLO x\nS: 250-two.example.test${always}\nS: 250-STARTTLS\nS: 250 AUTH … PLAIN LOGIN`,
  );
  await play('S: 421 4.7.0 Too many connections, …\n-- closed', portOf(two));
  await two.stop(0);
  await play('S: 220 one.example.test …\nC: EHLO x\nS: 250*\nC: STARTTLS\nS: 502 …', portOf(one));
});

test('a certificate is read again while the server runs; one that is broken leaves the old', async () => {
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const put = async (name: string): Promise<void> => {
    await copyFile(pem(`${name}.cert`), files.certificate);
    await copyFile(pem(`${name}.key`), files.key);
  };
  await put('one');
  await using server = create(smtpOf(), { tls: files });
  await server.start();
  const subject = async (): Promise<unknown> => {
    await using client = await openClient(portOf(server));
    await client.play('S: 220 …\nC: EHLO client.test\nS: 250*\nC: STARTTLS\nS: 220 …');
    return (await client.secure()).getPeerCertificate().subject.CN;
  };
  expect(await subject()).toBe('one.example.test');
  await using kept = await openClient(portOf(server));
  await kept.play('S: 220 …\nC: EHLO client.test\nS: 250*\nC: STARTTLS\nS: 220 …');
  await kept.secure();

  await put('two');
  await server.reloadTls();
  expect(await subject()).toBe('two.example.test');
  await kept.play('C: NOOP\nS: 250 2.0.0 Ok');

  await writeFile(files.key, 'not a key');
  await expect(server.reloadTls()).rejects.toMatchObject({
    code: 'server.tls',
    context: { reason: `mx: ${files.certificate} and ${files.key} are no certificate with its key` },
  });
  expect(await subject()).toBe('two.example.test');
  await rm(files.key);
  await expect(server.reloadTls()).rejects.toMatchObject({ context: { reason: `mx: ${files.key} cannot be read` } });
});

test('a key of another certificate is refused at the start', async () => {
  await using server = create(smtpOf(), { tls: { certificate: pem('one.cert'), key: pem('two.key') } });
  await expect(server.start()).rejects.toMatchObject({ code: 'server.tls' });
  expect(server.state).toBe('failed');
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));

test.skipIf(!hasIpv6)('an IPv6 address is listened on', async () => {
  await using server = create(smtpOf(), { listen: [{ address: '::1', port: 0 }] });
  await server.start();
  const [address] = server.addresses;
  expect(formatAddress(address ?? { address: '', port: 0 })).toMatch(/^\[::1\]:\d+$/);
  await play('S: 220 …', { host: '::1', port: portOf(server) });
});
