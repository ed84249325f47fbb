import { expect, test } from 'vitest';
import { reply } from '../../../sdk/reply.ts';
import { headerOf } from '../../../core/delivery/report-header.ts';
import { writeReport } from '../../../core/delivery/report.ts';

const header = (text: string): string => Buffer.from(headerOf(Buffer.from(text, 'latin1'))).toString('latin1');

test.each([
  ['A: b\r\nC: d\r\n\r\nbody\r\n', 'A: b\r\nC: d\r\n'],
  ['A: b\r\n', 'A: b\r\n'],
  ['\r\nbody', ''],
  ['', ''],
  ['A: b\0\r\nC: \rd\ne\r\n\r\n', 'A: b?\r\nC: ?d?e\r\n'],
])('headerOf(%j) is %j', (message, wanted) => {
  expect(header(message)).toBe(wanted);
});

test('of a header without end only whole lines of the beginning go back', () => {
  const back = header(`A: ${'x'.repeat(60)}\r\n`.repeat(10_000));
  expect(back.length).toBeLessThanOrEqual(64 * 1024);
  expect(back.endsWith('x\r\n')).toBe(true);
});

function reportOf(change: Partial<Parameters<typeof writeReport>[0]>): string {
  const report = writeReport({
    to: 'ann@example.org',
    failures: [{ recipient: 'bob@example.test', reply: reply(550, '1.1', 'No such mailbox here') }],
    octets: Buffer.from('Subject: x\r\n\r\n'),
    hostname: 'mail.example.test',
    id: 'r1',
    acceptedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    now: Date.UTC(2026, 0, 2, 4, 0, 0),
    ret: null,
    envid: null,
    expiry: Date.UTC(2026, 0, 4, 3, 4, 5),
    ...change,
  });
  return Buffer.from(report).toString('latin1');
}

test('a report has the fields RFC 3464 and RFC 3834 want', () => {
  expect(reportOf({})).toBe(
    [
      'Date: Fri, 02 Jan 2026 04:00:00 +0000',
      'From: Mail Delivery System <postmaster@mail.example.test>',
      'To: <ann@example.org>',
      'Subject: Delivery failed',
      'Message-ID: <r1@mail.example.test>',
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status;',
      ' boundary="sluice-report-r1"',
      'Content-Transfer-Encoding: 7bit',
      '',
      '--sluice-report-r1',
      'Content-Type: text/plain; charset=us-ascii',
      'Content-Transfer-Encoding: 7bit',
      '',
      'This is the mail system at mail.example.test.',
      '',
      'Your message could not be delivered to:',
      '',
      '  bob@example.test',
      '    550 5.1.1 No such mailbox here',
      '',
      'The header of your message is attached.',
      '',
      '--sluice-report-r1',
      'Content-Type: message/delivery-status',
      'Content-Transfer-Encoding: 7bit',
      '',
      'Reporting-MTA: dns; mail.example.test',
      'Arrival-Date: Fri, 02 Jan 2026 03:04:05 +0000',
      '',
      'Final-Recipient: rfc822; bob@example.test',
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 No such mailbox here',
      '',
      '--sluice-report-r1',
      'Content-Type: text/rfc822-headers',
      'Content-Transfer-Encoding: 7bit',
      '',
      'Subject: x',
      '',
      '--sluice-report-r1--',
      '',
    ].join('\r\n'),
  );
});

test('nothing from outside makes a field of its own, and an address beyond ASCII is encoded (RFC 6533 §3)', () => {
  const text = reportOf({
    to: 'ann@example.org>\r\nBcc: all@example.org',
    failures: [{ recipient: 'jürgen+x@example.test\r\nX: y', reply: reply(550, '1.1', 'né\r\nX: y') }],
    octets: Buffer.from('Subject: ü\r\n\r\n'),
  });
  expect(text).not.toMatch(/^(Bcc|X):/m);
  expect(text).toContain('Final-Recipient: utf-8; j\\x{FC}rgen\\x{2B}x@example.test');
  expect(text.match(/Content-Transfer-Encoding: 8bit/g)).toHaveLength(2);
});
