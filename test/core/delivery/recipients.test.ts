import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import * as sdk from '../../../sdk/index.ts';
import { Fault } from '../../../core/errors.ts';
import { openOffice, sinkFor } from './post-office.ts';

test('reject sends a report to the reverse-path, with the header of the message (RFC 3464)', async () => {
  await using office = await openOffice({
    answer: ({ traceId }) => (traceId === 't1' ? sdk.reject('no such luck', { code: 554, status: '7.1' }) : undefined),
  });
  await office.send({ reversePath: 'ann@example.test' });
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail('bob')).toEqual([]);
  const [report = ''] = await office.mail('ann');
  expect(report).toMatch(/^Return-Path: <>\r\nDelivered-To: ann@example\.test\r\n/);
  expect(report).toContain('Final-Recipient: rfc822; bob@example.test\r\nAction: failed\r\nStatus: 5.7.1\r\n');
  expect(report).toContain('Diagnostic-Code: smtp; 554 5.7.1 no such luck\r\n');
  const parsed = await simpleParser(report);
  expect(parsed.headers.get('auto-submitted')).toBe('auto-replied');
  expect(parsed.text).toContain('no such luck');
  expect(parsed.attachments.map(({ contentType }) => contentType)).toEqual(['text/rfc822-headers']);
  expect(parsed.attachments[0]?.content.toString()).toContain('Subject: hello');
});

test('a report is asked about like any message, and never reported itself', async () => {
  await using office = await openOffice({ answer: () => sdk.reject('nothing gets in') });
  await office.send({ reversePath: 'ann@example.test' });
  expect(await office.quiet()).toMatchObject([{ source: 'report', state: 'badmail' }]);
  expect(office.calls).toHaveLength(2);
  expect(await office.mail('ann')).toEqual([]);
});

test('a recipient that vanished is reported, the others get their copy', async () => {
  await using office = await openOffice();
  await office.send({ reversePath: 'ann@example.test', recipients: ['bob@example.test', 'gone@example.test'] });
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail('bob')).toHaveLength(1);
  expect(await office.mail('ann')).toEqual([expect.stringContaining('550 5.1.1 No such mailbox here')]);
});

test('onDelivered and onBounced are told after the fact, again when the sink failed', async () => {
  await using office = await openOffice({
    bindings: [sinkFor('onDelivered', 'onBounced')],
    answer: ({ event }, attempt) => {
      if (event === 'onDelivered' && attempt === 1) throw new Fault('sandbox.threw');
      return undefined;
    },
  });
  await office.send({ reversePath: '', recipients: ['bob@example.test', 'gone@example.test'] });
  await expect.poll(() => office.calls.length).toBe(2);
  expect(office.calls.map(({ event, payload }) => [event, payload])).toEqual([
    [
      'onBounced',
      expect.objectContaining({ recipient: 'gone@example.test', reply: expect.objectContaining({ code: 550 }) }),
    ],
    ['onDelivered', expect.objectContaining({ recipient: 'bob@example.test', mailbox: 'bob@example.test/INBOX' })],
  ]);
  expect(await office.house.queue.nextDue()).toBeGreaterThan(Date.now());
});

test('the trace shows the way of a message', async () => {
  await using office = await openOffice();
  await office.send();
  await office.quiet();
  const way = office.trace
    .filter(({ traceId }) => traceId === 't1')
    .map(({ kind, event, decision }) => [kind, event, decision]);
  expect(way).toEqual([
    ['event', 'onArrival', 'next'],
    ['delivery', 'arrival', 'arrived'],
    ['delivery', 'local', null],
  ]);
});
