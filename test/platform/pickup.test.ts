import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { askSluice } from '../support/admin.ts';
import { openExchanger } from '../support/mail-exchanger.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice, type Sluice, type SluiceOptions } from '../support/sluice-process.ts';

const count = process.env['LONG'] ? 2_000 : 100;

/** Recipients of the reports in the mailbox of the sender. */
async function reported({ data }: Sluice): Promise<readonly string[]> {
  const user = 'alice@example.test';
  const mail = await askSluice(data, 'mailbox', { user }).catch(() => []);
  const texts: Uint8Array[] = [];
  // One after the other: the socket of operators takes no crowd.
  for (const { uid } of mail) texts.push(await askSluice(data, 'message', { user, uid }));
  return texts.map((octets) => /Final-Recipient: rfc822; (\S+)/.exec(Buffer.from(octets).toString())?.[1] ?? '');
}

test(`kill -9 while reports are written: ${count} files of a pickup folder, every one is reported`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-pickup-'));
  await using next = await openExchanger({
    extensions: ['PIPELINING'],
    says: (line) => (line.startsWith('RCPT') ? '550 5.1.1 nobody here' : undefined),
  });
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const pickup = join(folder, 'pickup');
  const options: SluiceOptions = {
    folder,
    smtp,
    pop3,
    server: { pickup: './pickup' },
    more: {
      domains: [
        { name: 'example.test', users: ['alice', 'bob'] },
        { name: 'files.test', drop: './drop' },
      ],
      routes: [{ domain: '*', smartHost: `127.0.0.1:${next.port}` }],
      relay: { rest: '100ms' },
    },
  };
  await mkdir(pickup);
  const put = async (name: string, to: string, from = 'alice@example.test'): Promise<void> => {
    await writeFile(join(folder, name), `x-sender: <${from}>\nx-receiver: <${to}>\nSubject: x\n\nHello.\n`);
    await rename(join(folder, name), join(pickup, name));
  };
  for (let at = 0; at < count; at += 1) await put(`${at}.eml`, `m${at}@far.test`);
  const first = await startSluice(options);
  await first.ready();
  await vi.waitUntil(() => next.lines.filter((line) => line.startsWith('RCPT')).length > count / 5, {
    timeout: 60_000,
  });
  await first.kill();

  await put('drop.eml', 'desk@files.test');
  await put('null.eml', 'm0@far.test', '');
  await writeFile(join(pickup, 'bad.eml'), 'no mail at all\n');
  await using sluice = await startSluice(options);
  await sluice.ready();
  const isDone = async (): Promise<boolean> =>
    (await readdir(join(pickup, '.claimed'))).length + (await readdir(pickup)).length === 2 &&
    (await askSluice(sluice.data, 'queue', {})).every(({ state }) => state === 'badmail');
  await vi.waitUntil(isDone, { timeout: 60_000, interval: 100 });

  const all = await reported(sluice);
  expect(new Set(all)).toEqual(new Set(Array.from({ length: count }, (_, at) => `m${at}@far.test`)));
  // A file whose message the queue had, and that was still there, comes again: at most those that go in side by side.
  expect(all.length - count).toBeLessThanOrEqual(8);

  const [kept, ...others] = await askSluice(sluice.data, 'queue', {});
  expect([kept?.reversePath, kept?.reason, others]).toEqual(['', 'm0@far.test: 550 5.1.1 nobody here', []]);
  expect(await sluice.verb('queue', 'ls', '--state', 'badmail')).toContain('nobody here');
  const [dropped = ''] = await readdir(join(folder, 'drop'));
  expect(await readFile(join(folder, 'drop', dropped), 'utf8')).toMatch(
    /^x-sender: <alice@example\.test>\r\nx-receiver: <desk@files\.test>\r\n/,
  );
  expect(await readdir(join(pickup, 'badmail'))).toHaveLength(2);
  await sluice.stop();
  await rm(folder, { recursive: true });
}, 180_000);
