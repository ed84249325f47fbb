import { expect, test } from 'vitest';
import { readAddresses } from '../../../core/pickup/addresses.ts';
import { readMail } from '../../../core/pickup/read-mail.ts';

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const read = (text: string) => readMail(Buffer.from(text, 'latin1'), { hostname: 'mx.test', id: 'id1', at });

test('x-sender and x-receiver are the envelope, and do not stay', () => {
  const mail = read(
    'X-Sender: <ann@a.test>\r\nx-receiver: bob@b.test\r\nx-receiver: <cy@c.test>\r\nFrom: <other@a.test>\r\nTo: <x@x.test>\r\nDate: today\r\nMessage-ID: <m@a.test>\r\n\r\nHello.\r\n',
  );
  expect(mail).toMatchObject({ kind: 'mail', reversePath: 'ann@a.test', recipients: ['bob@b.test', 'cy@c.test'] });
  expect('octets' in mail && Buffer.from(mail.octets).toString()).toBe(
    'Received: from pickup by mx.test id id1;\r\n\tFri, 02 Jan 2026 03:04:05 +0000\r\nFrom: <other@a.test>\r\nTo: <x@x.test>\r\nDate: today\r\nMessage-ID: <m@a.test>\r\n\r\nHello.\r\n',
  );
});

test('without them it is Sender, To, Cc and Bcc, and Bcc does not leave', () => {
  const mail = read(
    'From: A <a@a.test>, b@a.test\nSender: "Boss, the" <boss@a.test>\nTo: Team: x@x.test, "y, z" <y@x.test>;\nCc: x@x.test (again)\nBcc: secret@x.test\nSubject: s\n\nHello.\n',
  );
  expect(mail).toMatchObject({
    kind: 'mail',
    reversePath: 'boss@a.test',
    recipients: ['x@x.test', 'y@x.test', 'secret@x.test'],
  });
  const text = 'octets' in mail ? Buffer.from(mail.octets).toString() : '';
  expect(text).not.toContain('secret');
  expect(text).toContain('\r\nDate: Fri, 02 Jan 2026 03:04:05 +0000\r\nMessage-ID: <id1@mx.test>\r\n');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
});

test('x-sender: <> is the null reverse-path', () => {
  expect(read('x-sender: <>\r\nx-receiver: b@b.test\r\n\r\n')).toMatchObject({ kind: 'mail', reversePath: '' });
});

test('a header alone is a message', () => {
  expect(read('From: a@a.test\r\nTo: b@b.test')).toMatchObject({ kind: 'mail', recipients: ['b@b.test'] });
});

test.each([
  ['', 'the header is no'],
  ['\r\n\r\nHello.\r\n', 'no "Name: value"'],
  ['hello\r\nworld\r\n', 'no "Name: value"'],
  ['From: a@a.test\r\n\r\nHello.\r\n', 'nobody to send it to'],
  ['To: b@b.test\r\n\r\nHello.\r\n', 'neither x-sender nor Sender nor From'],
  ['From: a@a.test\r\nTo: no address\r\n\r\n', 'no address'],
  ['x-sender: a@a.test\r\nx-receiver: b@b.test\r\n .evil\r\n\r\n', 'no address'],
  ['From: a@a.test\r\nTo: b@b.test\r\n\r\na\rb', 'a CR without LF'],
  ['From: a@a.test\r\nTo: b@b.test\r\n\r\na\0b', 'NUL'],
  [`From: a@a.test\r\nTo: b@b.test\r\nX: ${'x'.repeat(2 ** 20)}\r\n\r\n`, 'longer than'],
])('what is no mail says why: %#', (text, reason) => {
  expect(read(text)).toMatchObject({ kind: 'malformed', reason: expect.stringContaining(reason) });
});

test.each([
  ['a@x.test', ['a@x.test']],
  ['"a b"@x.test, <@r.test:c@x.test>', ['"a b"@x.test', 'c@x.test']],
  ['(comment (nested, deep)) a@x.test', ['a@x.test']],
  ['undisclosed-recipients:;', []],
  ['a@[192.0.2.1]', ['a@[192.0.2.1]']],
  ['Name <>', null],
  ['a@x.test b@x.test', null],
  ['"open <a@x.test>', null],
])('addresses of %s', (value, expected) => {
  expect(readAddresses(value)).toEqual(expected);
});

test('a list of 100,000 brackets is read once', () => {
  expect(readAddresses('<'.repeat(100_000))).toBe(null);
  expect(readAddresses('('.repeat(100_000))).toEqual([]);
});
