import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openClient, type Client } from './support/dialogue.ts';
import { findFreePorts } from './support/ports.ts';
import { startSluice, type Sluice, type SluiceOptions } from './support/sluice-process.ts';

/** The real process, run unbuilt as an operator does: vitest transforms TypeScript differently from Node. */

let folder: string;
let ports: readonly [smtp: number, pop3: number];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-process-'));
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  ports = [smtp, pop3];
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const sinkFile = (name: string): string => join(folder, 'sinks', name, 'sink.ts');

async function writeSink(name: string, refusal: string, more = ''): Promise<void> {
  await mkdir(join(folder, 'sinks', name), { recursive: true });
  await writeFile(
    sinkFile(name),
    `import { defineSink, next, reject } from '@sluice/sdk';
export default defineSink({
  name: '${name}', version: '1.0.0', description: 'A test.', role: 'decides', ${more}
  onRcpt({ recipient }) { return recipient.startsWith('bob') ? reject('${refusal}') : next(); },
});
`,
  );
}

async function start(options: Partial<SluiceOptions> = {}): Promise<Sluice> {
  const [smtp, pop3] = ports;
  await mkdir(join(folder, 'sinks'), { recursive: true });
  const sluice = await startSluice({ folder, smtp, pop3, sinks: [join(folder, 'sinks')], ...options });
  await sluice.ready();
  return sluice;
}

async function greeted(): Promise<Client> {
  const client = await openClient(ports[0]);
  await client.play(`
    S: 220 …
    C: EHLO client.test
    S: 250*`);
  return client;
}

/** Begins a transaction: bob is refused with these words. */
async function playRefusal(client: Client, words: string): Promise<void> {
  await client.play(`
    C: MAIL FROM:<ann@client.test>
    S: 250 …
    C: RCPT TO:<bob@example.test>
    S: 550 5.7.1 ${words}`);
}

const bound = { bindings: [{ sink: 'gate' }] };

test('a saved sink is in force at the next transaction, and not before', async () => {
  await writeSink('gate', 'first version');
  await using sluice = await start(bound);
  await using client = await greeted();
  await playRefusal(client, 'first version');

  await writeSink('gate', 'second version');
  await vi.waitUntil(() => sluice.output().includes('live: gate'), { timeout: 10_000 });
  await client.play(`
    C: RCPT TO:<bob@example.test>
    S: 550 5.7.1 first version
    C: RSET
    S: 250 …
    C: MAIL FROM:<ann@client.test>
    S: 250 …
    C: RCPT TO:<bob@example.test>
    S: 550 5.7.1 second version`);
});

test('a version that does not build leaves the one before, and says why with file and line', async () => {
  await writeSink('gate', 'good version');
  await using sluice = await start(bound);
  await writeFile(sinkFile('gate'), 'export default 3 +;\n');
  await vi.waitUntil(() => sluice.output().includes('sink.ts:1:'), { timeout: 10_000 });
  await expect(sluice.verb('sink', 'ls')).rejects.toThrow(/gate[^]*sink\.ts:1:19: Unexpected ";"/);
  await using client = await greeted();
  await playRefusal(client, 'good version');
});

test('a version that asks for what the binding does not grant is not used', async () => {
  await writeSink('gate', 'modest version');
  await using sluice = await start(bound);
  await writeSink('gate', 'greedy version', "needs: ['kv'],");
  await vi.waitUntil(() => sluice.output().includes('grants'), { timeout: 10_000 });
  await using client = await greeted();
  await playRefusal(client, 'modest version');
});

test('the configuration is live when it is saved, and no session is dropped', async () => {
  await writeSink('gate', 'closed');
  await using sluice = await start();
  await using client = await greeted();
  const config: { virtualServers: { bindings: object[] }[] } = JSON.parse(await readFile(sluice.config, 'utf8'));
  const [server] = config.virtualServers;
  await client.play(`
    C: MAIL FROM:<ann@client.test>
    S: 250 …
    C: RCPT TO:<bob@example.test>
    S: 250 …
    C: RSET
    S: 250 …`);
  if (server) server.bindings = [{ sink: 'gate' }];
  await writeFile(sluice.config, JSON.stringify(config));
  await vi.waitUntil(() => sluice.output().includes('configuration: live'), { timeout: 10_000 });
  await playRefusal(client, 'closed');

  await writeFile(sluice.config, JSON.stringify(config).replace('"gate"', '"gates"'));
  await vi.waitUntil(() => sluice.output().includes('no such sink; loaded are gate'), { timeout: 10_000 });
  await client.play(`
    C: RSET
    S: 250 …
    C: MAIL FROM:<ann@client.test>
    S: 250 …
    C: RCPT TO:<bob@example.test>
    S: 550 5.7.1 closed`);
});

test('SIGHUP reloads, SIGTERM ends sessions in order and the process with 0', async () => {
  await using sluice = await start();
  await using client = await greeted();
  sluice.process.kill('SIGHUP');
  await vi.waitUntil(() => sluice.output().includes('configuration: live'), { timeout: 10_000 });
  const stopped = sluice.stop();
  expect(await client.closed()).toEqual([expect.stringMatching(/^421 /)]);
  expect(await stopped).toBe(0);
  expect(sluice.output()).toContain('Sluice has stopped.');
});

test('passwords are told at the first start only', async () => {
  const first = await start();
  expect([...first.passwords().keys()]).toEqual(['alice@example.test', 'bob@example.test']);
  await first.stop();
  await using second = await start();
  expect(second.passwords().size).toBe(0);
});

test('a second process on the same data folder is refused and the first goes on', async () => {
  await using first = await start();
  await expect(first.verb('start')).rejects.toThrow(/Another Sluice uses this data folder/);
  expect(await first.verb('status')).toContain('running');
});

test('an address somebody else listens on is named, with the virtual server', async () => {
  await using first = await start();
  const second = await startSluice({ folder: join(folder, 'two'), smtp: ports[0], pop3: ports[1] });
  await once(second.process, 'close');
  expect(second.process.exitCode).toBe(1);
  expect(second.output()).toContain(`mx cannot listen on 127.0.0.1:${ports[0]}: another program listens there already`);
  expect(await first.verb('status')).toContain('running');
});

test('a sink that is dropped into the folder can be bound at once; one whose folder goes runs on while it is bound', async () => {
  await using sluice = await start();
  await writeSink('gate', 'dropped in');
  const config: { virtualServers: { bindings: object[] }[] } = JSON.parse(await readFile(sluice.config, 'utf8'));
  const [server] = config.virtualServers;
  if (server) server.bindings = [{ sink: 'gate' }];
  await writeFile(sluice.config, JSON.stringify(config));
  await vi.waitUntil(() => sluice.output().includes('configuration: live'), { timeout: 10_000 });

  await rm(join(folder, 'sinks', 'gate'), { recursive: true });
  await vi.waitUntil(() => sluice.output().includes('its folder is gone'), { timeout: 10_000 });
  await using client = await greeted();
  await playRefusal(client, 'dropped in');
});
