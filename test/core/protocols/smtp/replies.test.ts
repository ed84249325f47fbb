import { expect, test } from 'vitest';
import { formatReply, replies, type ServerReply } from '../../../../core/protocols/smtp/replies.ts';
import { formatReceived } from '../../../../core/protocols/smtp/received.ts';
import { SmtpSession } from '../../../../core/protocols/smtp/session.ts';

const all: readonly (readonly [string, ServerReply])[] = [
  ...Object.entries(replies).filter((row): row is [string, Exclude<(typeof row)[1], (...args: never) => unknown>] => {
    return typeof row[1] !== 'function';
  }),
  ['queued', replies.queued('x')],
  ['tooLarge', replies.tooLarge(1)],
  ['unknownParameter', replies.unknownParameter('X')],
  ['commandSyntax', replies.commandSyntax('X')],
  ['noArgument', replies.noArgument('X')],
  ['ehloSyntax', replies.ehloSyntax('EHLO')],
];

test.each(all)(
  'reply %s: one line, its status has the class of its code (RFC 3463 §2)',
  (_, { code, status, text }) => {
    expect(code).toBeGreaterThanOrEqual(200);
    expect(status === null || status.startsWith(`${Math.floor(code / 100)}.`)).toBe(true);
    expect(text).toMatch(/^[\x20-\x7e]+$/);
  },
);

test('a text cannot break out of its line, nor make it too long (RFC 5321 §4.5.3.1.5)', () => {
  const line = formatReply({ code: 550, status: '5.7.1', text: `no\r\n250 yes\0${'ä'.repeat(600)}` });
  expect(line).toMatch(/^550 5\.7\.1 no\?\?250 yes\?{2,}\r\n$/);
  expect(line).toHaveLength(512);
});

test('a multi-line reply marks every line but the last', () => {
  expect(formatReply(replies.capabilities(['mail.test', 'SIZE 1', 'X']))).toBe(
    '250-mail.test\r\n250-SIZE 1\r\n250 X\r\n',
  );
});

test('the status is left out when it was not offered', () => {
  expect(formatReply(replies.ok, false)).toBe('250 Ok\r\n');
});

test.each([
  ['192.0.2.7', 'from client.test ([192.0.2.7])'],
  ['2001:db8::7', 'from client.test ([IPv6:2001:db8::7])'],
])('the Received field of a client at %s', (address, from) => {
  const session = new SmtpSession('s1', { address, port: 1 }, { address: '192.0.2.1', port: 25 });
  session.introduce('client.test', new Set(['PIPELINING']));
  const field = formatReceived(session, { hostname: 'mail.test', id: 't1', recipient: null, at: Date.UTC(2026, 0, 2) });
  expect(field).toBe(`Received: ${from}\r\n\tby mail.test with ESMTP id t1;\r\n\tFri, 02 Jan 2026 00:00:00 +0000\r\n`);
});
