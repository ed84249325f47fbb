import { expect, test } from 'vitest';
import { openMessage, type MessageEdit } from '../../../core/message/message.ts';
import { everyPart } from '../../../core/message/part.ts';
import { sources, wire } from '../../messages/make.ts';

const tree = (octets: Buffer): readonly string[] =>
  [...everyPart(openMessage(octets).root)].map(
    ({ path, type, body }) =>
      `${path} ${type} ${JSON.stringify(octets.toString('latin1', body.from, body.to).slice(0, 12))}`,
  );
const kinds = (octets: Buffer): readonly string[] => openMessage(octets).defects.map(({ kind }) => kind);
const edit: MessageEdit = { kind: 'append-field', name: 'X-A', value: 'a' };

test('boundaries with spaces, odd line ends, white space after delimiters, no closing delimiter', () => {
  const octets = sources['odd.eml'] ?? Buffer.alloc(0);
  expect(tree(octets)).toEqual([
    ' multipart/mixed "Preamble \\u0000 N"',
    '1 text/plain "first\\n"',
    '2 text/plain ""',
    '3 text/plain "last, and ne"',
  ]);
  expect(kinds(octets)).toEqual(['no-colon', 'unclosed']);
});

test('messages inside messages are numbered as IMAP numbers them (RFC 9051 §6.4.5.1)', () => {
  expect([...everyPart(openMessage(sources['forwarded.eml'] ?? Buffer.alloc(0)).root)].map(({ path }) => path)).toEqual(
    ['', '1', '2', '2.TEXT', '2.1', '2.2'],
  );
  const single = wire('Content-Type: message/rfc822\n\nSubject: x\n\nbody\n');
  expect([...everyPart(openMessage(single).root)].map(({ path }) => path)).toEqual(['', '1']);
});

test.each([
  ['no boundary', 'Content-Type: multipart/mixed\n\n--\nx\n', ['no-boundary']],
  ['an empty boundary', 'Content-Type: multipart/mixed; boundary=""\n\n--\nx\n', ['no-boundary']],
  ['a boundary that never comes', 'Content-Type: multipart/mixed; boundary=b\n\nx\n', ['no-parts', 'unclosed']],
  ['two Content-Types', 'Content-Type: text/plain\ncontent-type: text/html\n\nx\n', ['repeated-field']],
  ['an unreadable Content-Type', 'Content-Type: nonsense\n\nx\n', ['bad-content-type']],
  ['no empty line', 'Subject: x\n', ['no-separator']],
  ['nothing', '', ['no-separator']],
])('%s is a defect, not an error', (_, text, expected) => {
  expect(kinds(wire(text))).toEqual(expect.arrayContaining(expected));
});

test('a delimiter is the whole line, and the innermost of equal boundaries', () => {
  const octets = wire(
    'Content-Type: multipart/mixed; boundary=b\n\n--bb\n--b x\n --b\nx--b\n--b\n\n1\n--b \t\n\n2\n--b--\t\nepilogue\n--b\n',
  );
  expect(tree(octets).slice(1)).toEqual(['1 text/plain "1"', '2 text/plain "2"']);
});

test('parameters: comments, quotes, folds, RFC 2231', () => {
  const octets = wire(
    'Content-Type: Text/Plain (a; b); CHARSET (x) = "UTF\\-8"; name*0*=utf-8\'de\'gr%C3%B6; name*1="ße.p7m"\n' +
      'Content-Disposition: attachment;\n filename="=?utf-8?Q?gr=C3=B6=C3=9Fe.txt?="\n\nx\n',
  );
  const { tree: part } = openMessage(octets).data('none');
  expect(part).toMatchObject({
    type: 'text/plain',
    charset: 'utf-8',
    disposition: 'attachment',
    filename: 'größe.txt',
  });
});

test.each([
  [
    '10,000 parts',
    `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(10_001)}`,
    'more than 10000 parts',
  ],
  [
    '100 levels',
    Array.from({ length: 100 }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`).join(''),
    'parts nested deeper than 30',
  ],
  ['100 messages', 'Content-Type: message/rfc822\n\n'.repeat(100), 'parts nested deeper than 30'],
  ['a header above 1 MB', `${'X-Long: 0123456789\n'.repeat(60_000)}\nbody\n`, 'a header larger than 1 MB'],
  ['a line above 1 MB', `Subject: ${'x'.repeat(1_100_000)}\n\nbody\n`, 'a header larger than 1 MB'],
  [
    'a part header above 1 MB',
    `Content-Type: multipart/mixed; boundary=b\n\n--b\nX: ${'x'.repeat(1_100_000)}\n\nbody\n`,
    'a header larger than 1 MB',
  ],
])('%s: every edit is refused, and the octets stay (R08)', (_, text, limit) => {
  const octets = wire(text);
  const message = openMessage(octets);
  expect(message.limit).toBe(limit);
  expect(message.edit([edit])).toEqual([{ kind: 'skipped', reason: `message has ${limit}` }]);
  expect(message.write()).toBe(octets);
  expect(message.data('none').tree.path).toBe('');
});

test('30 levels, 9,999 parts and a header just below 1 MB may be edited (R08)', () => {
  const nested = Array.from(
    { length: 29 },
    (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`,
  ).join('');
  for (const text of [
    `${nested}\nx\n`,
    `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(9_999)}`,
    `${'X-Long: 0123456789\n'.repeat(52_000)}\nbody\n`,
  ])
    expect(openMessage(wire(text)).edit([edit])).toMatchObject([{ kind: 'done' }]);
});
