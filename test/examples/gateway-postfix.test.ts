import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { openExchanger } from '../support/mail-exchanger.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice } from '../support/sluice-process.ts';
import { openSmtp } from '../support/smtp-client.ts';

const example = resolve(import.meta.dirname, '../../examples/gateway-postfix');
const hasPostfix = spawnSync('postfix', ['-h']).error === undefined && process.getuid?.() === 0;

/** A Postfix of its own: queue, configuration and ports are those of the test. */
async function openPostfix({
  from,
  back,
  sluice,
  next,
}: Readonly<Record<'from' | 'back' | 'sluice' | 'next', number>>) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-postfix-'));
  await chmod(folder, 0o755);
  await Promise.all(['etc', 'queue', 'data'].map((name) => mkdir(join(folder, name))));
  const etc = join(folder, 'etc');
  const run = (...args: readonly string[]) => spawnSync('postfix', ['-c', etc, ...args], { encoding: 'utf8' });
  const own = { queue_directory: join(folder, 'queue'), data_directory: join(folder, 'data'), mail_owner: 'postfix' };
  const settings = {
    ...own,
    compatibility_level: '3.6',
    myhostname: 'postfix.test',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    smtp_host_lookup: 'native',
    relayhost: `[127.0.0.1]:${next}`,
    minimal_backoff_time: '1s',
    maximal_backoff_time: '2s',
    queue_run_delay: '1s',
    maillog_file: '',
    alias_maps: '',
  };
  const ours = (await readFile(join(example, 'main.cf'), 'utf8')).replace('10025', String(sluice));
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  await writeFile(join(etc, 'main.cf'), `${lines.join('\n')}\n${ours}`);
  const usual = (await readFile('/etc/postfix/master.cf', 'utf8')).replace(
    /^smtp +inet.*smtpd$/m,
    `127.0.0.1:${from} inet n - n - - smtpd`,
  );
  const returning = (await readFile(join(example, 'master.cf'), 'utf8')).replaceAll('10026', String(back));
  // Not in a chroot: the scratch queue has none.
  await writeFile(
    join(etc, 'master.cf'),
    `${usual.replaceAll(/^(\S+ +\S+ +\S+ +\S+ +)y( )/gm, '$1n$2')}\n${returning}`,
  );
  await chmod(join(folder, 'data'), 0o777);
  spawnSync('chown', ['postfix', join(folder, 'data')]);
  const started = run('start');
  if (started.status !== 0) throw new Error(`postfix does not start: ${started.stderr}${started.stdout}`);
  return {
    queued: () => spawnSync('postqueue', ['-c', etc, '-p'], { encoding: 'utf8' }).stdout,
    flush: () => spawnSync('postqueue', ['-c', etc, '-f']),
    async [Symbol.asyncDispose]() {
      run('stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test.skipIf(!hasPostfix)(
  'behind Postfix: the disclaimer appears; while Sluice is stopped Postfix queues, and nothing is lost',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-gateway-'));
    await using next = await openExchanger();
    const [sluicePort = 0, pop3 = 0, from = 0, back = 0] = await findFreePorts(4);
    const text = (await readFile(join(example, 'sluice.yaml'), 'utf8')).replaceAll('10026', String(back));
    const { routes, virtualServers } = parse(text);
    const [{ bindings, relay }] = virtualServers;
    const options = {
      folder,
      smtp: sluicePort,
      pop3,
      sinks: [resolve(example, '../../sinks')],
      bindings,
      server: { relay },
      more: { routes },
    };
    await using postfix = await openPostfix({ from, back, sluice: sluicePort, next: next.port });
    await using first = await startSluice(options);
    await first.ready();
    const send = async (subject: string): Promise<void> => {
      await using client = await openSmtp(from);
      const mail = `From: a@example.org\r\nSubject: ${subject}\r\n\r\nHello.\r\n`;
      expect(await client.send('a@example.org', ['b@example.net'], Buffer.from(mail))).toMatchObject({ code: 250 });
    };
    await send('one');
    await vi.waitUntil(() => next.received.length === 1, { timeout: 30_000 });
    expect(next.received[0]?.content).toContain('This message speaks for its sender alone.');

    expect(await first.stop()).toBe(0);
    await send('two');
    await vi.waitUntil(() => postfix.queued().includes('refused'), { timeout: 30_000, interval: 200 });
    expect(next.received).toHaveLength(1);

    await using second = await startSluice(options);
    await second.ready();
    postfix.flush();
    await vi.waitUntil(() => next.received.length === 2, { timeout: 60_000, interval: 200 });
    expect(next.received[1]?.content).toMatch(/Subject: two[\s\S]*This message speaks for its sender alone\./);
    await second.stop();
    await rm(folder, { recursive: true });
  },
  180_000,
);
