import { expect, test } from 'vitest';
import * as sdk from '../../../sdk/index.ts';
import { Fault } from '../../../core/errors.ts';
import { openOffice, sinkFor } from './post-office.ts';

const recipientsOf = (payload: object): readonly string[] =>
  (payload as { envelope: { recipients: readonly string[] } }).envelope.recipients;

const domains = [
  {
    name: 'example.test',
    users: ['ann', 'bob', 'eve'],
    aliases: { all: ['ann', 'bob', 'ring'], ring: ['all', 'eve'], loop: ['pool'], pool: ['loop'], robert: ['bob'] },
  },
  { name: 'alias.test', users: [], aliasOf: 'example.test' },
];

test('a group is everybody in it, once, whatever leads in circles', async () => {
  await using office = await openOffice({ bindings: [], domains });
  await office.send({
    recipients: ['all@example.test', 'bob@example.test', 'robert@alias.test', 'bob+shop@alias.test'],
  });
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail('ann')).toHaveLength(1);
  expect(await office.mail('eve')).toHaveLength(1);
  expect((await office.mail('bob')).length).toBeGreaterThan(0);
});

test('an alias that leads only to itself is reported', async () => {
  await using office = await openOffice({ bindings: [], domains });
  await office.send({ reversePath: 'ann@example.test', recipients: ['loop@example.test'] });
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail('ann')).toEqual([expect.stringContaining('Status: 5.4.6')]);
});

test('fork gives each group a copy with edits of its own, and each copy is asked about', async () => {
  await using office = await openOffice({
    bindings: [sinkFor('onCategorized')],
    domains,
    answer: ({ payload }) => {
      const to = recipientsOf(payload);
      if (to.length > 1) return sdk.fork(...to.map((one) => [one]));
      return sdk.next(sdk.setField('X-For', to[0] ?? ''));
    },
  });
  await office.send({ recipients: ['ann@example.test', 'bob@example.test', 'eve@example.test'] });
  expect(await office.quiet()).toEqual([]);
  for (const user of ['ann', 'bob', 'eve']) {
    const mail = await office.mail(user);
    expect(mail).toHaveLength(1);
    expect(mail[0]?.match(/^X-For: .*$/gm)).toEqual([`X-For: ${user}@example.test`]);
  }
  expect(office.calls).toHaveLength(4);
});

test('a fork that splits nothing goes on to the next sink; one that names strangers does no harm', async () => {
  await using office = await openOffice({
    bindings: [sinkFor('onCategorized')],
    answer: () => sdk.fork(['BOB@example.test'], ['x@y.test']),
  });
  await office.send();
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail()).toHaveLength(1);
  expect(office.calls).toHaveLength(1);
});

test('one copy is refused, another held, the third goes its way', async () => {
  await using office = await openOffice({
    bindings: [sinkFor('onCategorized')],
    domains,
    answer: ({ payload }) => {
      const to = recipientsOf(payload);
      if (to.length > 1) return sdk.fork(...to.map((one) => [one]));
      if (to[0]?.startsWith('bob')) return sdk.reject('not for bob');
      return to[0]?.startsWith('eve') ? sdk.quarantine('looked at first') : undefined;
    },
  });
  await office.send({
    reversePath: 'ann@example.test',
    recipients: ['ann@example.test', 'bob@example.test', 'eve@example.test'],
  });
  expect(await office.quiet()).toMatchObject([
    { state: 'quarantine', reason: 'looked at first', recipients: [{ address: 'eve@example.test' }] },
  ]);
  expect(await office.mail('bob')).toEqual([]);
  await expect.poll(async () => (await office.mail('ann')).some((one) => one.includes('not for bob'))).toBe(true);
});

test('a sink that fails half way leaves one copy of everything in the end', async () => {
  await using office = await openOffice({
    bindings: [sinkFor('onCategorized')],
    domains,
    answer: ({ payload }, attempt) => {
      const to = recipientsOf(payload);
      if (to.length > 1) return sdk.fork(...to.map((one) => [one]));
      if (attempt === 3) throw new Fault('sandbox.threw');
      return sdk.next(sdk.prependField('X-Once', 'yes'));
    },
  });
  await office.send({ recipients: ['ann@example.test', 'bob@example.test'] });
  expect(await office.quiet()).toEqual([]);
  for (const user of ['ann', 'bob']) {
    expect((await office.mail(user)).map((one) => one.match(/^X-Once/gm)?.length)).toEqual([1]);
  }
});

test('onResolve makes a group of an address, refuses one, and lets the rest be', async () => {
  await using office = await openOffice({
    bindings: [sinkFor('onResolve')],
    domains,
    answer: ({ payload }) => {
      const { recipient } = payload as { recipient: string };
      if (recipient === 'team@example.test') return sdk.next(sdk.setMembers(['ann@example.test', 'bob@example.test']));
      return recipient === 'eve@example.test' ? sdk.reject('eve is away', { status: '2.1' }) : undefined;
    },
  });
  await office.send({ reversePath: 'ann@example.test', recipients: ['team@example.test', 'eve@example.test'] });
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail('bob')).toHaveLength(1);
  await expect
    .poll(async () => (await office.mail('ann')).filter((one) => one.includes('eve is away')))
    .toHaveLength(1);
  expect(await office.mail('eve')).toEqual([]);
});

test('onDeliver chooses the mailbox, refuses, drops and defers a single recipient', async () => {
  await using office = await openOffice({
    bindings: [sinkFor('onDeliver')],
    domains,
    retry: { schedule: [1] },
    answer: ({ payload }, attempt) => {
      const { recipient } = payload as { recipient: string };
      if (recipient.startsWith('bob')) return sdk.next(sdk.setMailbox('bob@example.test/Junk'));
      if (recipient.startsWith('eve')) return attempt < 5 ? sdk.defer('not now') : sdk.discard('enough');
      return undefined;
    },
  });
  await office.send({ recipients: ['ann@example.test', 'bob@example.test', 'eve@example.test'] });
  expect(await office.quiet()).toEqual([]);
  expect([await office.mail('bob'), await office.mail('eve')]).toEqual([[], []]);
  expect(await office.house.store.list('bob@example.test/Junk')).toHaveLength(1);
  expect(await office.mail('ann')).toHaveLength(1);
});
