import { expect, test } from 'vitest';
import * as sdk from '../../../sdk/index.ts';
import { Fault } from '../../../core/errors.ts';
import { relayOptions } from '../../../core/relay/options.ts';
import { createRelay, plainRoute } from '../../../core/relay/relay.ts';
import { openExchanger, type Exchanger, type ExchangerOptions } from '../../support/mail-exchanger.ts';
import { inline } from '../queue/submissions.ts';
import { openOffice, sinkFor, type OfficeOptions, type PostOffice } from './post-office.ts';

const everything = ['PIPELINING', 'SIZE 1000000', '8BITMIME', 'DSN'];
const hasty = { schedule: [1], expiry: 5_000, delayNotice: 0 };

/** An office whose remote mail goes to one host. */
async function open(next: ExchangerOptions, given: OfficeOptions = {}) {
  const exchanger = await openExchanger(next);
  const office = await openOffice({ bindings: [], retry: hasty, routeTo: to(exchanger), ...given });
  return {
    exchanger,
    office,
    async [Symbol.asyncDispose]() {
      await office[Symbol.asyncDispose]();
      await exchanger[Symbol.asyncDispose]();
    },
  };
}

const to =
  ({ port }: Exchanger) =>
  () => ({ route: { ...plainRoute, hosts: [{ host: '127.0.0.1', port }] }, retry: null });

const reports = async (office: PostOffice): Promise<readonly string[]> => await office.mail('ann');
const far = { reversePath: 'ann@example.test', recipients: ['carl@far.test'] };

test('remote mail is handed on, local mail delivered, each once', async () => {
  await using house = await open({ extensions: everything }, { bindings: [sinkFor('onDelivered')] });
  const { office, exchanger } = house;
  await office.send({ recipients: ['bob@example.test', 'carl@far.test', 'dora@off.test'] });
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail()).toHaveLength(1);
  expect(exchanger.received.map((one) => one.to)).toEqual([['carl@far.test', 'dora@off.test']]);
  await expect
    .poll(() => office.calls.map(({ payload }) => (payload as { mailbox: string }).mailbox).toSorted())
    .toEqual(['bob@example.test/INBOX', 'smtp:127.0.0.1', 'smtp:127.0.0.1']);
});

test('a recipient the host refuses is reported, with what the host said (RFC 3464)', async () => {
  await using house = await open({
    extensions: everything,
    says: (line) => (line.includes('<no@') ? '550 5.1.1 nobody of that name' : undefined),
  });
  const { office, exchanger } = house;
  await office.send({
    ...far,
    recipients: ['no@far.test', 'carl@far.test'],
    reporting: { ret: 'FULL', envid: 'Q+2B1', recipients: [{ notify: 'FAILURE', orcpt: 'rfc822;n@far.test' }] },
  });
  expect(await office.quiet()).toEqual([]);
  expect(exchanger.received).toHaveLength(1);
  const [report = ''] = await reports(office);
  for (const line of [
    'Original-Envelope-Id: Q+1',
    'Original-Recipient: rfc822; n@far.test',
    'Final-Recipient: rfc822; no@far.test',
    'Action: failed',
    'Status: 5.1.1',
    'Remote-MTA: dns; 127.0.0.1',
    'Diagnostic-Code: smtp; 550 5.1.1 nobody of that name',
    'Content-Type: message/rfc822',
  ])
    expect(report).toContain(`${line}\r\n`);
});

const notify = (...all: readonly string[]) => ({
  ret: null,
  envid: null,
  recipients: all.map((one) => ({ notify: one, orcpt: null })),
});

test('NOTIFY=NEVER is heeded, and NOTIFY=SUCCESS answered for a host without DSN and for a mailbox (RFC 3461)', async () => {
  await using house = await open({ says: (line) => (line.includes('<no@') ? '550 5.1.1 nobody' : undefined) });
  const { office } = house;
  await office.send({ ...far, recipients: ['no@far.test'], reporting: notify('NEVER') });
  await office.quiet();
  expect(await reports(office)).toEqual([]);
  await office.send({
    ...far,
    recipients: ['carl@far.test', 'bob@example.test'],
    reporting: notify('SUCCESS', 'SUCCESS'),
  });
  await office.quiet();
  const actions = (await reports(office)).map((one) => /Action: (\w+)/.exec(one)?.[1]);
  expect(new Set(actions)).toEqual(new Set(['delivered', 'relayed']));
  expect(actions).toHaveLength(2);
});

test('a refusal for now is tried again, with one delay notice, and given up when its time is over', async () => {
  let tries = 0;
  await using house = await open(
    { says: (line) => (line.startsWith('RCPT') ? ((tries += 1), '451 4.2.1 later') : undefined) },
    { retry: { schedule: [5], expiry: 1_000, delayNotice: 1 }, bindings: [sinkFor('onDeferred', 'onBounced')] },
  );
  const { office } = house;
  await office.send(far);
  expect(await office.quiet()).toEqual([]);
  expect(tries).toBeGreaterThan(2);
  const [delayed = '', failed = '', ...more] = await reports(office);
  expect(more).toEqual([]);
  expect(delayed).toContain('Action: delayed\r\nStatus: 4.2.1\r\n');
  expect(delayed).toContain('Will-Retry-Until: ');
  expect(failed).toContain('Action: failed\r\nStatus: 5.4.7\r\n');
  expect(failed).toContain('last: 451 4.2.1 later');
  await expect
    .poll(() => new Set(office.calls.map(({ event }) => event)))
    .toEqual(new Set(['onDeferred', 'onBounced']));
});

const round = (times: number) => inline(`${'Received: from a by b\r\n'.repeat(times)}Subject: x\r\n\r\n`);

test('a message that was handed on too often is reported (RFC 5321 §6.3)', async () => {
  await using house = await open({});
  const { office, exchanger } = house;
  await office.send({ ...far, content: round(20) });
  await office.send({ ...far, content: round(21), traceId: 't2' });
  expect(await office.quiet()).toEqual([]);
  expect(exchanger.received).toHaveLength(1);
  expect(await reports(office)).toEqual([expect.stringContaining('Status: 5.4.6')]);
});

test('mail for a frozen destination waits, over a restart too, until it is thawed', async () => {
  await using next = await openExchanger();
  const name = `127.0.0.1:${next.port}`;
  const first = await openOffice({ bindings: [], retry: hasty, routeTo: to(next) });
  await first.delivery.destinations.freeze(name);
  await first.send(far);
  await expect
    .poll(async () => await first.house.queue.destinations.list())
    .toMatchObject([{ name, waiting: 1, isFrozen: true }]);
  await using office = await first.restart();
  expect(await office.delivery.destinations.retry(name)).toBe(0);
  expect(next.received).toEqual([]);
  await office.delivery.destinations.thaw(name);
  expect(await office.quiet()).toEqual([]);
  expect(next.received).toHaveLength(1);
});

test('a message deferred for hours is tried at once when an operator says so', async () => {
  let isOpen = false;
  await using house = await open(
    { says: (line) => (!isOpen && line.startsWith('MAIL') ? '421 4.3.2 not now' : undefined) },
    { retry: { ...hasty, schedule: [3_600_000], expiry: 9_000_000 } },
  );
  const { office, exchanger } = house;
  await office.send(far);
  await expect
    .poll(async () => (await office.house.queue.list({ to: 'carl', destination: '127.0.0.1' }))[0]?.recipients[0])
    .toMatchObject({ attempts: 1, lastReply: '421 4.3.2 not now' });
  expect(await office.house.queue.list({ from: 'ann', to: 'nobody' })).toEqual([]);
  isOpen = true;
  expect(await office.delivery.destinations.retry(`127.0.0.1:${exchanger.port}`)).toBe(1);
  expect(await office.quiet()).toEqual([]);
  expect(exchanger.received).toHaveLength(1);
});

test('a message an operator deletes with a report is reported', async () => {
  await using house = await open(
    { says: (line) => (line.startsWith('MAIL') ? '451 4.3.2 not now' : undefined) },
    { retry: { ...hasty, schedule: [3_600_000] } },
  );
  const { office } = house;
  const { id } = await office.send(far);
  await expect.poll(async () => (await office.house.queue.list())[0]?.recipients[0]?.attempts).toBe(1);
  expect(await office.delivery.giveUp(id)).toBe(true);
  expect(await office.delivery.giveUp(id)).toBe(false);
  office.delivery.wake();
  expect(await office.quiet()).toEqual([]);
  expect(await reports(office)).toEqual([expect.stringContaining('deleted by an administrator')]);
});

test('the events of a session in which we are the client are asked in its order, and change what is sent', async () => {
  const events = [
    'onRoute',
    'onSessionStart',
    'onMessageStart',
    'onPerRecipient',
    'onBeforeData',
    'onServerResponse',
    'onSessionEnd',
  ];
  await using house = await open(
    { extensions: everything },
    {
      bindings: [sinkFor(...events)],
      answer: ({ event, payload }) => {
        const { recipient, verb } = payload as { recipient?: string; verb?: string };
        if (event === 'onSessionStart') return sdk.next(sdk.setHeloName('other.test'));
        if (event === 'onMessageStart') return sdk.next(sdk.setReversePath('bounces@example.test'));
        if (event === 'onPerRecipient' && recipient === 'drop@far.test') return sdk.drop('not wanted');
        if (event === 'onPerRecipient') return sdk.next(sdk.setRecipient(`x-${recipient}`));
        if (event === 'onBeforeData') return sdk.next(sdk.prependField('X-Signed', 'yes'));
        if (event === 'onServerResponse' && verb === 'RCPT') return sdk.next();
        return undefined;
      },
    },
  );
  const { office, exchanger } = house;
  await office.send({ ...far, recipients: ['carl@far.test', 'drop@far.test'] });
  expect(await office.quiet()).toEqual([]);
  expect(exchanger.received).toEqual([
    {
      from: 'bounces@example.test',
      to: ['x-carl@far.test'],
      content: expect.stringMatching(/^X-Signed: yes\r\nSubject: hello/),
    },
  ]);
  expect(exchanger.lines[0]).toBe('EHLO other.test');
  await expect
    .poll(() => office.calls.map(({ event }) => event), { timeout: 5_000 })
    .toEqual([
      'onRoute',
      'onSessionStart',
      'onMessageStart',
      'onPerRecipient',
      'onPerRecipient',
      'onBeforeData',
      'onServerResponse',
      'onServerResponse',
      'onServerResponse',
      'onSessionEnd',
    ]);
});

test('onRoute sends elsewhere, and onServerResponse makes a temporary refusal permanent', async () => {
  await using other = await openExchanger({ says: (line) => (line.startsWith('RCPT') ? '450 4.2.1 full' : undefined) });
  await using house = await open(
    {},
    {
      bindings: [sinkFor('onRoute', 'onServerResponse')],
      answer: ({ event, payload }) => {
        if (event === 'onRoute') return sdk.next(sdk.setNextHops([`127.0.0.1:${other.port}`]));
        return (payload as { reply: { code: number } }).reply.code === 450
          ? sdk.reject('enough of it', { status: '2.2' })
          : undefined;
      },
    },
  );
  const { office, exchanger } = house;
  await office.send(far);
  expect(await office.quiet()).toEqual([]);
  expect(exchanger.received).toEqual([]);
  expect(await reports(office)).toEqual([expect.stringContaining('Status: 5.2.2')]);
});

test('onReport edits a report, or suppresses it', async () => {
  await using office = await openOffice({
    bindings: [sinkFor('onReport')],
    answer: ({ traceId }) =>
      traceId === 't2' ? sdk.discard('no reports') : sdk.next(sdk.setField('Subject', 'So sorry')),
  });
  await office.send({ reversePath: 'ann@example.test', recipients: ['gone@example.test'] });
  await office.send({ reversePath: 'ann@example.test', recipients: ['gone@example.test'], traceId: 't2' });
  expect(await office.quiet()).toEqual([]);
  expect(await reports(office)).toEqual([expect.stringContaining('Subject: So sorry')]);
});

test.each(['database.full', 'database.unavailable'] as const)(
  'what was handed on while the database says %s is written down later, and not handed on again',
  async (code) => {
    let refused = 0;
    await using house = await open(
      { extensions: everything },
      {
        seen: ({ queue, delivery }) => ({
          delivery,
          queue: {
            ...queue,
            async settle(...settlement) {
              if ((refused += 1) <= 2) throw new Fault(code);
              return await queue.settle(...settlement);
            },
          },
        }),
      },
    );
    const { office, exchanger } = house;
    await office.send(far);
    expect(await office.quiet()).toEqual([]);
    expect(refused).toBe(3);
    expect(exchanger.received).toHaveLength(1);
    expect(office.warnings).toHaveLength(2);
  },
);

test('while no name server answers mail waits, in sight of whoever looks at queue or destinations, and local mail goes on', async () => {
  await using office = await openOffice({
    bindings: [],
    retry: { schedule: [60_000] },
    relay: createRelay({
      options: () => relayOptions.parse({ dns: { servers: ['127.0.0.1:1'], timeout: '50ms' } }),
      isOurs: () => false,
      now: Date.now,
      random: Math.random,
      randomId: () => 'session',
    }),
  });
  for (let at = 0; at < 20; at += 1)
    await office.send({ ...far, traceId: `t${at}`, recipients: [`a${at}@far.test`, 'bob@example.test'] });
  await expect.poll(() => office.mail('bob')).toHaveLength(20);
  await expect
    .poll(
      async () =>
        (await office.house.queue.list()).filter(({ recipients }) => /4\.4\.3/.test(recipients[0]?.lastReply ?? ''))
          .length,
      { timeout: 20_000 },
    )
    .toBe(20);
  expect(await office.house.queue.destinations.list()).toMatchObject([{ name: 'far.test', waiting: 20 }]);
  expect(await office.mail('ann')).toEqual([]);
});
