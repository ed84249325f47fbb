import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openExchanger } from '../../support/mail-exchanger.ts';
import { plainRoute } from '../../../core/relay/relay.ts';
import { openOffice } from './post-office.ts';

async function folderOf() {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-drop-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

const domains = (drop: string) => [
  { name: 'example.test', users: ['ann', 'bob'] },
  { name: 'files.test', users: [], drop, aliases: { desk: ['bob@example.test'] } },
];

test('mail of a domain in drop mode is one file a message, envelope on top; aliases and mailboxes are served too', async () => {
  await using temporary = await folderOf();
  const drop = join(temporary.folder, 'incoming');
  await using office = await openOffice({ domains: domains(drop) });
  const { traceId, id } = await office.send({
    reversePath: 'ann@example.test',
    recipients: ['one@files.test', 'two@files.test', 'desk@files.test'],
  });
  expect(await office.quiet()).toEqual([]);
  const [name = '', ...others] = await readdir(drop);
  expect([name, others]).toEqual([`${traceId}-${id}.eml`, []]);
  expect(await readFile(join(drop, name), 'utf8')).toMatch(
    /^x-sender: <ann@example\.test>\r\nx-receiver: <one@files\.test>\r\nx-receiver: <two@files\.test>\r\n/,
  );
  expect(await office.mail('bob')).toHaveLength(1);
});

test('a folder that cannot be written to keeps only its own mail waiting, in sight', async () => {
  await using temporary = await folderOf();
  const drop = join(temporary.folder, 'taken-by-a-file');
  await writeFile(drop, '');
  await using office = await openOffice({ domains: domains(drop) });
  await office.send({ recipients: ['one@files.test', 'bob@example.test'] });
  await expect.poll(() => office.mail('bob')).toHaveLength(1);
  await expect
    .poll(async () =>
      (await office.house.queue.list())[0]?.recipients.map(({ state, lastReply }) => [state, lastReply]),
    )
    .toEqual([
      ['pending', expect.stringContaining('451')],
      ['delivered', expect.stringContaining('250')],
    ]);
  await rm(drop);
  office.delivery.wake();
  expect(await office.quiet()).toEqual([]);
  expect(await readdir(drop)).toHaveLength(1);
  expect(await office.mail('bob')).toHaveLength(1);
});

test('mail without a reverse-path that fails for good is kept as badmail with the reason; the others get theirs', async () => {
  await using office = await openOffice();
  await office.send({ reversePath: '', recipients: ['bob@example.test', 'gone@example.test'] });
  const [kept, ...more] = await office.quiet();
  expect(more).toEqual([]);
  expect(kept).toMatchObject({
    state: 'badmail',
    reason: 'gone@example.test: 550 5.1.1 No such mailbox here',
    reversePath: '',
    recipients: [{ address: 'gone@example.test', state: 'pending' }],
  });
  expect(await office.mail('bob')).toHaveLength(1);
  await office.directory.aliases.set('gone@example.test', ['ann@example.test']);
  await office.house.queue.resume(kept?.id ?? 0);
  office.delivery.wake();
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail('ann')).toHaveLength(1);
});

test('badmail an administrator deletes is gone, with or without a report', async () => {
  await using office = await openOffice();
  await office.send({ reversePath: '', recipients: ['gone@example.test'] });
  const [kept] = await office.quiet();
  expect(await office.delivery.giveUp(kept?.id ?? 0)).toBe(true);
  expect(await office.quiet()).toEqual([]);
});

test('a copy of each report goes where the virtual server says', async () => {
  await using office = await openOffice({ policy: { reportCopyTo: 'bob@example.test' } });
  await office.send({ reversePath: 'ann@example.test', recipients: ['gone@example.test'] });
  expect(await office.quiet()).toEqual([]);
  for (const user of ['ann', 'bob'])
    expect(await office.mail(user)).toEqual([expect.stringContaining('Subject: Delivery failed')]);
});

test('names nobody has go to the host of the route, and our own domains show as the masquerade', async () => {
  await using next = await openExchanger();
  await using office = await openOffice({
    domains: [{ name: 'example.test', users: ['ann', 'bob'], unknown: 'relay' }],
    policy: { masquerade: 'public.test' },
    routeTo: () => ({ route: { ...plainRoute, hosts: [{ host: '127.0.0.1', port: next.port }] }, retry: null }),
  });
  await office.send({ reversePath: 'ann@example.test', recipients: ['bob@example.test', 'old@example.test'] });
  await office.send({ reversePath: 'x@other.test', recipients: ['old@example.test'] });
  await office.quiet();
  const seen = next.received.map(({ from, to }) => [from, to]);
  expect(Object.fromEntries(seen)).toEqual({
    'ann@public.test': ['old@example.test'],
    'x@other.test': ['old@example.test'],
  });
  expect(await office.mail('bob')).toHaveLength(1);
});
