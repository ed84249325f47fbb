import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { format, topOf } from '../../../../core/protocols/pop3/format.ts';
import { err, listing, message, ok } from '../../../../core/protocols/pop3/response.ts';

const written = (pieces: Iterable<Uint8Array>): string => Buffer.concat([...pieces]).toString('latin1');

/** What a client does with a response (RFC 1939 §3): up to the first lone dot, one dot taken from each line. */
function received(response: string): string {
  const lines = response.split('\r\n');
  const end = lines.indexOf('.');
  expect(end).toBe(lines.length - 2); // nothing after the dot
  return lines
    .slice(0, end)
    .map((line) => `${line.replace(/^\./, '')}\r\n`)
    .join('');
}

test('a client gets back the octets of a message, whatever they are', () => {
  const pieces = fc.array(fc.constantFrom('\r\n', '.', 'a', '\r\n.', '\r\n.\r\n', ' ', '\0', '\xff'), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join('');
      const complete = text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`;
      const [, body = ''] = written(format(message('x', Buffer.from(text, 'latin1')))).split(/^\+OK x\r\n/);
      expect(received(body)).toBe(complete);
    }),
  );
});

test('no bare LF makes an end of the response in the middle of a message', () => {
  const pieces = fc.array(fc.constantFrom('\r\n', '\n', '\r', '.', 'a'), { maxLength: 40 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const out = written(format(message('x', Buffer.from(parts.join('')))));
      expect(out.slice(0, -3)).not.toMatch(/\n\.\r?\n/);
      expect(out).toMatch(/\n\.\r\n$/);
    }),
  );
});

test.each([
  ['A: b\r\n\r\nc\r\nd\r\n', 0, 'A: b\r\n\r\n'],
  ['A: b\r\n\r\nc\r\nd\r\n', 1, 'A: b\r\n\r\nc\r\n'],
  ['A: b\r\n\r\n\r\nd\r\n', 1, 'A: b\r\n\r\n\r\n'],
  ['A: b\r\n\r\nc\r\nd', 9, 'A: b\r\n\r\nc\r\nd'],
  ['A: b\r\n', 3, 'A: b\r\n'],
  ['\r\nc\r\n', 0, '\r\n'],
  ['', 0, ''],
])('topOf(%j, %i) is %j', async (text, lines, wanted) => {
  expect(Buffer.from(await topOf(Buffer.from(text), lines)).toString()).toBe(wanted);
});

test('format() writes each kind of response', () => {
  expect(written(format(ok('')))).toBe('+OK\r\n');
  expect(written(format(err('no', 'IN-USE')))).toBe('-ERR [IN-USE] no\r\n');
  expect(written(format(listing('all', ['1 .', '.2'])))).toBe('+OK all\r\n1 .\r\n..2\r\n.\r\n');
});
