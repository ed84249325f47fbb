import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as sdk from '../../../sdk/index.ts';
import type { Decision } from '../../../sdk/decisions.ts';
import { Fault } from '../../../core/errors.ts';
import { bindingOf } from '../../support/bindings.ts';
import { hasty, openOffice, sinkFor } from './post-office.ts';

const always = (decision: Decision) => () => decision;
const top = 'Return-Path: <ann@example.org>\r\nDelivered-To: bob@example.test\r\n';
const hello = 'Subject: hello\r\n\r\nhello\r\n';

test('a message nobody has an opinion on arrives as it was sent, below Return-Path and Delivered-To', async () => {
  await using office = await openOffice();
  await office.send();
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail()).toEqual([top + hello]);
});

test('without a binding nobody reads the message, and it arrives', async () => {
  await using office = await openOffice({ bindings: [] });
  await office.send({ recipients: ['bob@example.test', 'Ann@EXAMPLE.test'] });
  await office.quiet();
  expect(await office.mail('bob')).toHaveLength(1);
  expect(await office.mail('ann')).toEqual([top.replace('bob@example.test', 'Ann@EXAMPLE.test') + hello]);
});

test('edits of header, body and envelope are in what is delivered', async () => {
  const text = { plain: 'the end', html: '<p>the end</p>' };
  const edits = [sdk.prependField('X-Seen', 'yes'), sdk.insertText(text), sdk.addRecipient('ann@example.test')];
  await using office = await openOffice({ answer: always(sdk.next(...edits, sdk.setReversePath('list@example.org'))) });
  await office.send();
  await office.quiet();
  const [mail = ''] = await office.mail();
  expect(mail).toMatch(/^Return-Path: <list@example\.org>\r\nDelivered-To: bob@example\.test\r\nX-Seen: yes\r\n/);
  expect(mail).toContain('hello\r\n');
  expect(mail).toContain('the end');
  expect(await office.mail('ann')).toHaveLength(1);
});

test('redirect sends to others instead', async () => {
  await using office = await openOffice({ answer: always(sdk.redirect(['ann@example.test'])) });
  await office.send();
  await office.quiet();
  expect([await office.mail('ann'), await office.mail('bob')]).toMatchObject([{ length: 1 }, { length: 0 }]);
});

test('a message that lost its last recipient is finished', async () => {
  await using office = await openOffice({ answer: always(sdk.next(sdk.removeRecipient('bob@example.test'))) });
  await office.send();
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail()).toEqual([]);
});

test('defer asks again later about the octets there were before (invariant 3)', async () => {
  const again = bindingOf({ name: 'marks', priority: 1, events: ['onArrival'] });
  await using office = await openOffice({
    bindings: [again, sinkFor('onArrival')],
    answer: ({ binding }, attempt) => {
      if (binding.name === 'marks') return sdk.next(sdk.appendField('X-Mark', 'once'));
      return attempt < 6 ? sdk.defer('not yet') : sdk.next(sdk.appendField('X-Attempt', 'third'));
    },
  });
  await office.send();
  await office.quiet();
  const [mail = ''] = await office.mail();
  expect(mail.match(/X-Mark: once/g)).toHaveLength(1);
  expect(mail).toContain('X-Attempt: third\r\n');
});

test('a message that is only ever deferred is given up in the end', async () => {
  const retries = { ...hasty.retries, expiry: 0 };
  await using office = await openOffice({ answer: always(sdk.defer('never')), options: { ...hasty, retries } });
  await office.send({ reversePath: '' });
  expect(await office.quiet()).toMatchObject([{ state: 'badmail', reason: expect.stringContaining('5.4.7') }]);
  expect(office.calls).toHaveLength(1);
});

test('discard drops the message and reports nothing', async () => {
  await using office = await openOffice({ answer: always(sdk.discard('unwanted')) });
  await office.send({ reversePath: 'ann@example.test' });
  expect(await office.quiet()).toEqual([]);
  expect([...(await office.mail('ann')), ...(await office.mail('bob'))]).toEqual([]);
});

test('quarantine holds the edited message, and it goes on to its recipients when it is let go', async () => {
  await using office = await openOffice({
    answer: always(sdk.quarantine('suspicious', sdk.appendField('X-Seen', 'yes'))),
  });
  const { id } = await office.send();
  expect(await office.quiet()).toMatchObject([{ id, state: 'quarantine', reason: 'suspicious' }]);
  await office.house.queue.resume(id);
  office.delivery.wake();
  await office.quiet();
  expect(await office.mail()).toEqual([expect.stringContaining('X-Seen: yes')]);
  expect(office.calls).toHaveLength(1);
});

test('badmail sets a message aside as it is', async () => {
  await using office = await openOffice({ answer: always(sdk.badmail('no header')) });
  await office.send();
  expect(await office.quiet()).toMatchObject([{ state: 'badmail', reason: 'no header' }]);
});

test('a sink that fails is asked again, and the message frozen with an alarm when it fails too often', async () => {
  await using office = await openOffice({
    answer: () => {
      throw new Fault('sandbox.threw');
    },
  });
  const { id } = await office.send();
  expect(await office.quiet()).toMatchObject([
    { id, state: 'frozen', reason: 'after 3 faults, mx/probe/probe: sandbox.threw' },
  ]);
  expect(office.calls).toHaveLength(3);
  expect(office.warnings.at(-1)).toMatch(/^message frozen after 3 faults/);
  expect(await office.mail()).toEqual([]);
});

test('a frozen message begins again when it is let go', async () => {
  let isBroken = true;
  await using office = await openOffice({
    answer: () => {
      if (isBroken) throw new Fault('sandbox.deadline');
      return undefined;
    },
  });
  const { id } = await office.send();
  await office.quiet();
  isBroken = false;
  await office.house.queue.resume(id);
  office.delivery.wake();
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail()).toHaveLength(1);
});

test('a fault of a sink that may be passed by lets the message go on, and says so', async () => {
  const binding = bindingOf({ events: ['onArrival'], onFault: 'next' });
  await using office = await openOffice({
    bindings: [binding],
    answer: () => Promise.reject(new Fault('sandbox.cpu')),
  });
  await office.send();
  await office.quiet();
  expect(await office.mail()).toHaveLength(1);
  expect(office.warnings).toContain('message goes on without a sink');
});

test('content too large for a row is edited too, and no file is left behind', async () => {
  await using office = await openOffice({ answer: always(sdk.next(sdk.appendField('X-Seen', 'yes'))) });
  const { content } = office.house.database;
  const body = `Subject: large\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(8_000)}`;
  await office.send({ content: await content.write(Buffer.from(body)) });
  await office.quiet();
  const [mail = ''] = await office.mail();
  expect(mail).toBe(top + body.replace('\r\n\r\n', '\r\nX-Seen: yes\r\n\r\n'));
  await office.house.store.expunge('bob@example.test/INBOX', [1]);
  await expect.poll(() => readdirSync(join(office.house.folder, 'content'))).toEqual([]);
});
