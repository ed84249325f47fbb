import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { simpleParser } from 'mailparser';
import { expect, test, vi } from 'vitest';
import { listenTcp } from '../core/capabilities/host-side.ts';
import { mx, startNameServer } from '../support/name-server.ts';
import { askSluice, countMessages } from '../support/admin.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice, type Sluice } from '../support/sluice-process.ts';
import { openSmtp } from '../support/smtp-client.ts';

const sinks = resolve(import.meta.dirname, 'sinks');
const wait = { timeout: 20_000 };

/** An API that takes messages, and notes what came. */
async function startApi() {
  const seen: { readonly authorization: string | undefined; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (text: string) => (body += text));
    request.on('end', () => {
      seen.push({ authorization: request.headers.authorization, body });
      response.end('taken');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const host = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return { seen, host, [Symbol.dispose]: () => void server.close() };
}

async function send(sluice: Sluice, subject: string): Promise<void> {
  await using client = await openSmtp(sluice.smtp);
  await client.send('ann@client.test', ['alice@example.test'], Buffer.from(`Subject: ${subject}\r\n\r\nHello\r\n`));
}

/** The report bob got, as the sink wrote it. */
async function reportOf(sluice: Sluice, uid: number) {
  await vi.waitUntil(async () => (await countMessages(sluice.data, 'bob@example.test')) >= uid, wait);
  const octets = await askSluice(sluice.data, 'message', { user: 'bob@example.test', uid });
  const mail = await simpleParser(Buffer.from(octets));
  const report: unknown = JSON.parse(mail.text ?? '');
  return { mail, report };
}

test('a sink uses every capability in a real process; what it keeps survives kill -9; no secret is written down', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-capabilities-'));
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  using api = await startApi();
  await using names = await startNameServer({ 'example.test': [mx(10, 'mail.example.test')] });
  await using clamd = await listenTcp((socket) => socket.once('data', () => socket.end('stream: OK\0')));
  await writeFile(join(folder, 'shown'), 'shown-secret-value\n');
  await writeFile(join(folder, 'hidden'), 'hidden-secret-value\n');
  const binding = {
    sink: 'everything',
    settings: { url: `${api.host}/check` },
    grants: {
      kv: true,
      message: true,
      dns: true,
      directory: true,
      http: { hosts: [{ host: api.host, private: true }] },
      scan: { clamd: `127.0.0.1:${clamd.port}` },
      submit: { from: ['robot@example.test'] },
      secrets: { shown: { file: 'shown' }, hidden: { file: 'hidden', use: 'reference' } },
    },
  };
  const users = ['bob', { name: 'alice', attributes: { displayName: 'Alice A.' } }];
  const more = { domains: [{ name: 'example.test', users }], dns: { servers: [names.address] } };
  const options = { folder, smtp, pop3, sinks: [sinks], bindings: [binding], more };
  const first = await startSluice(options);
  await first.ready();
  await send(first, 'one');

  const { mail, report } = await reportOf(first, 1);
  expect(report).toEqual({
    seen: null,
    count: 1,
    keys: ['count', 'seen'],
    hasTime: true,
    text: 'Hello\n',
    mx: { kind: 'found', records: [{ priority: 10, exchange: 'mail.example.test' }] },
    alice: { kind: 'user', address: 'alice@example.test', attributes: { displayName: 'Alice A.' } },
    scan: { kind: 'clean' },
    posted: { kind: 'response', status: 200, headers: expect.anything(), body: 'taken' },
    metadata:
      'Error: http.get: http://169.254.169.254 is not granted: add it to grants.http.hosts of the binding mx/everything/everything',
    secret: 'shown-secret-value',
    hidden: expect.stringContaining('secret hidden is for http headers only'),
    emptyKey: expect.stringContaining('kv.put: argument 1: '),
  });
  expect(mail.subject).toBe('Report on one');
  expect(mail.from?.text).toBe('robot@example.test');
  expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
  expect(mail.headers.get('x-sluice-loop')).toBe('mx/everything/everything');
  expect(api.seen[0]?.authorization).toBe('Bearer hidden-secret-value');
  expect(api.seen[0]?.body).toMatch(/Subject: one\r\n\r\nHello\r\n$/);

  // The report came by the same binding, which may not answer itself.
  await vi.waitUntil(
    () => first.output().includes(String.raw`submit: {\"kind\":\"refused\",\"reason\":\"loop\"}`),
    wait,
  );
  await first.kill();
  expect(first.output()).toContain('the secret is [secret shown]');
  await using second = await startSluice(options);
  await second.ready();
  await send(second, 'two');
  expect((await reportOf(second, 2)).report).toMatchObject({ seen: 'yes', count: 3 });

  await second.stop();
  const traces = (await traceFiles(second.data)).join('');
  expect(traces).toContain('the secret is [secret shown]');
  expect(first.output() + second.output() + traces).not.toMatch(/(?:shown|hidden)-secret-value/);
  await rm(folder, { recursive: true });
}, 90_000);

/** The trace database and its log, as they are at rest. */
async function traceFiles(data: string): Promise<readonly string[]> {
  const files = ['trace.db', 'trace.db-wal'].map((name) => readFile(join(data, name), 'latin1').catch(() => ''));
  return await Promise.all(files);
}
