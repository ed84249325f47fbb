import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import {
  createRelay,
  noHooks,
  plainRoute,
  type NextRoute,
  type Relay,
  type RelayMail,
} from '../../../core/relay/relay.ts';
import { mostSpecific } from '../../../core/relay/next-route.ts';
import { relayOptions, routeOptions } from '../../../core/relay/options.ts';
import { reply } from '../../../sdk/reply.ts';
import { openExchanger, type Exchanger } from '../../support/mail-exchanger.ts';
import { a, mx, startNameServer, type Zone } from '../../support/name-server.ts';

const certificates = new URL('../../support/certificates/', import.meta.url);
const everything = ['PIPELINING', 'SIZE 1000000', '8BITMIME', 'DSN', 'ENHANCEDSTATUSCODES', 'SMTPUTF8'];

function relayWith(change: object = {}, ours: readonly string[] = []): Relay {
  const options = relayOptions.parse({ connectTimeout: '2s', ...change });
  let ids = 0;
  return createRelay({
    options: () => options,
    isOurs: (hop) => ours.includes(hop.name) || ('port' in hop && ours.includes(`${hop.address}:${hop.port}`)),
    now: Date.now,
    random: () => 0,
    randomId: () => `s${(ids += 1)}`,
  });
}

const mail = (change: Partial<RelayMail> = {}): RelayMail => ({
  virtualServer: 'mx',
  name: 'sluice.test',
  reversePath: 'ann@example.test',
  recipients: [{ id: 1, address: 'bob@far.test', notify: null, orcpt: null }],
  octets: Buffer.from('Subject: hello\r\n\r\n.dot\r\nend\r\n'),
  ret: null,
  envid: null,
  ...change,
});
const to = (...addresses: readonly string[]) =>
  addresses.map((address, at) => ({ id: at + 1, address, notify: null, orcpt: null }));
const by = ({ port }: Pick<Exchanger, 'port'>, change: Partial<NextRoute> = {}) => ({
  domain: 'far.test',
  route: { ...plainRoute, hosts: [{ host: '127.0.0.1', port }], ...change },
});

test('a message is handed over in one write where PIPELINING is offered, octet for octet, dots doubled', async () => {
  await using next = await openExchanger({ extensions: everything });
  using relay = relayWith();
  const results = await relay.send(
    by(next),
    mail({
      envid: 'Q1',
      ret: 'HDRS',
      recipients: [{ id: 7, address: 'bob@far.test', notify: 'SUCCESS,FAILURE', orcpt: 'rfc822;b@x.test' }],
    }),
    noHooks,
  );
  expect(results).toEqual([
    { id: 7, kind: 'delivered', reply: reply(250, '0.0', 'taken'), host: '127.0.0.1', dsn: true },
  ]);
  expect(next.received).toEqual([
    { from: 'ann@example.test', to: ['bob@far.test'], content: 'Subject: hello\r\n\r\n.dot\r\nend\r\n' },
  ]);
  expect(next.lines).toEqual([
    'EHLO sluice.test',
    'MAIL FROM:<ann@example.test> SIZE=29 RET=HDRS ENVID=Q1',
    'RCPT TO:<bob@far.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@x.test',
    'DATA',
  ]);
});

test('each recipient has its own fate, with the status the host gave', async () => {
  await using next = await openExchanger({
    extensions: everything,
    says: (line) =>
      line.includes('<no@') ? '550 5.1.1 nobody' : line.includes('<late@') ? '450 4.2.1 later' : undefined,
  });
  using relay = relayWith();
  expect(
    await relay.send(by(next), mail({ recipients: to('yes@far.test', 'no@far.test', 'late@far.test') }), noHooks),
  ).toMatchObject([
    { id: 1, kind: 'delivered' },
    { id: 2, kind: 'failed', reply: { code: 550, status: '5.1.1', text: 'nobody' } },
    { id: 3, kind: 'deferred', reply: { code: 450, status: '4.2.1' } },
  ]);
  expect(next.received.map((one) => one.to)).toEqual([['yes@far.test']]);
});

test('when nobody is taken the session goes on with the next message', async () => {
  for (const extensions of [everything, []]) {
    await using next = await openExchanger({
      extensions,
      says: (line) => (line.includes('<no@') ? '550 5.1.1 nobody' : undefined),
    });
    using relay = relayWith();
    expect(await relay.send(by(next), mail({ recipients: to('no@far.test') }), noHooks)).toMatchObject([
      { kind: 'failed' },
    ]);
    expect(await relay.send(by(next), mail(), noHooks)).toMatchObject([{ kind: 'delivered' }]);
    expect(next.connections).toBe(1);
  }
});

test('a bare CR or LF cannot leave (CVE-2023-51764)', async () => {
  await using next = await openExchanger();
  using relay = relayWith();
  await relay.send(by(next), mail({ octets: Buffer.from('A: b\r\n\r\none\n.\nMAIL FROM:<x@y>\r.\rtwo') }), noHooks);
  expect(next.received.map(({ content }) => content)).toEqual([
    'A: b\r\n\r\none\r\n.\r\nMAIL FROM:<x@y>\r\n.\r\ntwo\r\n',
  ]);
});

test('HELO where EHLO is not known, or is not wanted', async () => {
  await using next = await openExchanger({ says: (line) => (line.startsWith('EHLO') ? '502 5.5.1 what' : undefined) });
  using relay = relayWith();
  expect(await relay.send(by(next), mail(), noHooks)).toMatchObject([{ kind: 'delivered', dsn: false }]);
  expect(await relay.send(by(next, { helo: true }), mail(), noHooks)).toMatchObject([{ kind: 'delivered' }]);
  expect(next.lines.filter((line) => /^(EHLO|HELO)/.test(line))).toEqual([
    'EHLO sluice.test',
    'HELO sluice.test',
    'HELO sluice.test',
  ]);
});

test('a message too large, 8-bit or with an address in UTF-8 stays here where the host cannot take it', async () => {
  await using next = await openExchanger({ extensions: ['SIZE 20'] });
  await using plain = await openExchanger();
  using relay = relayWith();
  expect(await relay.send(by(next), mail(), noHooks)).toMatchObject([{ kind: 'failed', reply: { status: '5.3.4' } }]);
  expect(await relay.send(by(plain), mail({ octets: Buffer.from('A: b\r\n\r\nü\r\n') }), noHooks)).toMatchObject([
    { kind: 'failed', reply: { status: '5.6.3' } },
  ]);
  expect(await relay.send(by(plain), mail({ recipients: to('jö@far.test') }), noHooks)).toMatchObject([
    { kind: 'failed', reply: { status: '5.6.7' } },
  ]);
  expect([...next.received, ...plain.received]).toEqual([]);
});

const tlsOf = (name: string) =>
  createSecureContext({
    cert: readFileSync(new URL(`${name}.cert.pem`, certificates)),
    key: readFileSync(new URL(`${name}.key.pem`, certificates)),
  });

test.each(['opportunistic', 'required', 'none'] as const)('TLS %s', async (mode) => {
  await using plain = await openExchanger();
  using relay = relayWith();
  const tls = { mode, verify: mode === 'required', ca: null };
  expect(await relay.send(by(plain, { tls }), mail(), noHooks)).toMatchObject([
    mode === 'required' ? { kind: 'deferred', reply: { status: '4.7.10' } } : { kind: 'delivered' },
  ]);
});

test('an untrusted certificate is good enough for opportunistic TLS, not for required', async () => {
  await using next = await openExchanger({ tls: tlsOf('one') });
  using relay = relayWith();
  expect(await relay.send(by(next), mail(), noHooks)).toMatchObject([{ kind: 'delivered' }]);
  expect(next.lines).toEqual([
    'EHLO sluice.test',
    'STARTTLS',
    'EHLO sluice.test',
    expect.stringMatching(/^MAIL/),
    expect.stringMatching(/^RCPT/),
    'DATA',
  ]);
  const tls = { mode: 'required', verify: true, ca: null } as const;
  expect(await relay.send(by(next, { tls }), mail(), noHooks)).toMatchObject([
    { kind: 'deferred', reply: { status: '4.7.5' } },
  ]);
});

test('what comes in the clear after the reply to STARTTLS ends the session (CVE-2011-0411)', async () => {
  await using next = await openExchanger({
    tls: tlsOf('one'),
    says: (line) => (line === 'STARTTLS' ? '220 go\r\n250 injected' : undefined),
  });
  using relay = relayWith();
  const tls = { mode: 'required', verify: false, ca: null } as const;
  expect(await relay.send(by(next, { tls }), mail(), noHooks)).toMatchObject([
    { kind: 'deferred', reply: { text: 'What the next host answers is no SMTP' } },
  ]);
});

test('a smart host is logged in to; a wrong password keeps mail waiting', async () => {
  await using next = await openExchanger({
    extensions: ['AUTH PLAIN LOGIN'],
    says: (line) =>
      line.startsWith('AUTH') ? (line.endsWith('AGFubgBnb29k') ? '235 2.7.0 in' : '535 5.7.8 no') : undefined,
  });
  using relay = relayWith();
  expect(await relay.send(by(next, { auth: { user: 'ann', password: 'good' } }), mail(), noHooks)).toMatchObject([
    { kind: 'delivered' },
  ]);
  expect(await relay.send(by(next, { auth: { user: 'ann', password: 'bad' } }), mail(), noHooks)).toMatchObject([
    { kind: 'deferred', reply: { status: '4.7.8' } },
  ]);
});

test('a connection that is cut defers; one that was kept and is gone is opened again', async () => {
  await using next = await openExchanger({
    says: (line, { connection, message }) =>
      connection === 1 && line.startsWith('MAIL') && message === 1
        ? 'cut'
        : line === '.' && connection === 2
          ? 'cut'
          : undefined,
  });
  using relay = relayWith();
  expect(await relay.send(by(next), mail(), noHooks)).toMatchObject([{ kind: 'delivered' }]);
  expect(await relay.send(by(next), mail(), noHooks)).toMatchObject([{ kind: 'deferred', reply: { status: '4.4.2' } }]);
  expect(next.connections).toBe(2);
});

test('no more connections than the route allows, and each carries many messages', async () => {
  await using next = await openExchanger({ extensions: everything });
  using relay = relayWith();
  await relay.send(by(next, { connections: 3 }), mail(), noHooks);
  const all = await Promise.all(
    Array.from({ length: 50 }, () => relay.send(by(next, { connections: 3 }), mail(), noHooks)),
  );
  expect(all.flat()).toHaveLength(50);
  expect(next.received).toHaveLength(51);
  expect(next.connections).toBe(3);
});

test('a host that takes connections and says nothing costs two places, and none once it is known to be down', async () => {
  await using mute = await openExchanger({ mute: true });
  using relay = relayWith();
  const stuck = [relay.send(by(mute), mail(), noHooks), relay.send(by(mute), mail(), noHooks)];
  expect(await relay.send(by(mute), mail(), noHooks)).toBe('busy');
  expect(relay.pending).toBe(2);
  void stuck;

  const nobody = { port: 1 };
  expect(await relay.send(by(nobody), mail(), noHooks)).toMatchObject([
    { kind: 'deferred', reply: { status: '4.4.1' } },
  ]);
  const started = relay.pending;
  expect(await relay.send(by(nobody), mail(), noHooks)).toMatchObject([{ kind: 'deferred' }]);
  expect(relay.pending).toBe(started);
});

async function resolved(
  zone: Zone,
  domain: string,
  port: number,
  { ours = [], literals = false }: { ours?: readonly string[]; literals?: boolean } = {},
) {
  await using names = await startNameServer(zone);
  using relay = relayWith(
    { port, addressLiterals: literals, dns: { servers: [names.address], timeout: '500ms' } },
    ours,
  );
  const [result] = await relay.send({ domain, route: plainRoute }, mail({ recipients: to(`bob@${domain}`) }), noHooks);
  return result === undefined || typeof result === 'string'
    ? null
    : { kind: result.kind, status: result.reply.status, host: result.host };
}

test('the next hop is found as RFC 5321 §5.1 and RFC 7505 say', async () => {
  await using next = await openExchanger();
  const here = [a('127.0.0.1')];
  const zone: Zone = {
    'far.test': [mx(10, 'first.far.test'), mx(20, 'second.far.test')],
    'first.far.test': [a('127.0.0.2')],
    'second.far.test': here,
    'plain.test': here,
    'null.test': [mx(0, '.')],
    'broken.test': 'broken',
    'ours.test': [mx(10, 'sluice.test'), mx(20, 'second.far.test')],
    'backup.test': [mx(10, 'second.far.test'), mx(20, 'sluice.test')],
    'empty.test': [],
    'lost.test': [mx(10, 'nowhere.test')],
  };
  const find = (domain: string, how = {}) => resolved(zone, domain, next.port, how);
  expect(await find('far.test')).toEqual({ kind: 'delivered', status: '2.0.0', host: 'second.far.test' });
  expect(await find('plain.test')).toEqual({ kind: 'delivered', status: '2.0.0', host: 'plain.test' });
  expect(await find('null.test')).toEqual({ kind: 'failed', status: '5.1.10', host: null });
  expect(await find('missing.test')).toEqual({ kind: 'failed', status: '5.1.2', host: null });
  expect(await find('empty.test')).toEqual({ kind: 'failed', status: '5.1.2', host: null });
  expect(await find('lost.test')).toEqual({ kind: 'failed', status: '5.4.4', host: null });
  expect(await find('broken.test')).toEqual({ kind: 'deferred', status: '4.4.3', host: null });
  expect(await find('ours.test', { ours: ['sluice.test'] })).toEqual({ kind: 'failed', status: '5.4.6', host: null });
  expect(await find('backup.test', { ours: ['sluice.test'] })).toMatchObject({ kind: 'delivered' });
  expect(await find('plain.test', { ours: [`127.0.0.1:${next.port}`] })).toMatchObject({ status: '5.4.6' });
  expect(await find('[127.0.0.1]')).toMatchObject({ kind: 'failed', status: '5.1.2' });
  expect(await find('[127.0.0.1]', { literals: true })).toMatchObject({ kind: 'delivered' });
});

test('the most specific pattern wins', () => {
  const entries = ['*', '*.test', '*.far.test', 'far.test'].map((domain) => routeOptions.parse({ domain }));
  const pattern = (domain: string) => mostSpecific(entries, domain)?.domain;
  expect(['far.test', 'a.far.test', 'b.a.far.test', 'near.test', 'x.org'].map(pattern)).toEqual([
    'far.test',
    '*.far.test',
    '*.far.test',
    '*.test',
    '*',
  ]);
  expect(mostSpecific(entries.slice(1), 'x.org')).toBe(null);
});

test('a connection that has carried as many octets as the route allows is left', async () => {
  await using next = await openExchanger({ extensions: everything });
  using relay = relayWith();
  const { octets } = mail();
  const route = { connections: 1, octetsPerConnection: 2 * octets.length };
  for (let at = 0; at < 5; at += 1) await relay.send(by(next, route), mail(), noHooks);
  expect(next.received).toHaveLength(5);
  expect(next.connections).toBe(3);
});
