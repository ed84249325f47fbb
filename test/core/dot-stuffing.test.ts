import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dotStuffed, type LineEnds } from '../../core/dot-stuffing.ts';

const sent = (text: string, lineEnds: LineEnds): string =>
  Buffer.concat([...dotStuffed(Buffer.from(text, 'latin1'), lineEnds)]).toString('latin1');

test.each([
  ['', '', ''],
  ['a\r\n', 'a\r\n', 'a\r\n'],
  ['a', 'a\r\n', 'a\r\n'],
  ['a\n', 'a\n\r\n', 'a\r\n'],
  ['a\r', 'a\r\r\n', 'a\r\n'],
  ['.', '..\r\n', '..\r\n'],
  ['.\r\n', '..\r\n', '..\r\n'],
  ['\r\n.\r\n', '\r\n..\r\n', '\r\n..\r\n'],
  ['a\r\n.b\r\n..c\r\n.', 'a\r\n..b\r\n...c\r\n..\r\n', 'a\r\n..b\r\n...c\r\n..\r\n'],
  ['a\n.\nb\r\n', 'a\n..\nb\r\n', 'a\r\n..\r\nb\r\n'],
  ['a\r.\r\r\n', 'a\r.\r\r\n', 'a\r\n..\r\n\r\n'],
])('%j is sent as %j, with other line ends as %j', (text, kept, crlf) => {
  expect(sent(text, 'kept')).toBe(kept);
  expect(sent(text, 'crlf')).toBe(crlf);
});

/** Octets where pieces meet, 64 KB into the message, among others. */
const texts = fc
  .tuple(
    fc.constantFrom('', 'x'.repeat(65_533), 'x'.repeat(65_534), 'x'.repeat(65_535), 'x'.repeat(65_536)),
    fc.array(fc.constantFrom('\r\n', '\n', '\r', '.', 'a', '\xff'), { maxLength: 30 }),
  )
  .map(([start, rest]) => start + rest.join(''));

test('it is what a replacement in the whole text would be, wherever the pieces meet', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const dotted = text.replaceAll(/(?<=^|\n)\./g, '..');
      expect(sent(text, 'kept')).toBe(text === '' || text.endsWith('\r\n') ? dotted : `${dotted}\r\n`);
      const lines = text.replaceAll(/\r\n|\r|\n/g, '\r\n');
      const stuffed = lines.replaceAll(/(?<=^|\n)\./g, '..');
      expect(sent(text, 'crlf')).toBe(lines === '' || lines.endsWith('\r\n') ? stuffed : `${stuffed}\r\n`);
    }),
  );
});

test('pieces are small, and views of the message where nothing is changed', () => {
  const octets = Buffer.from('line\r\n'.repeat(50_000));
  for (const piece of dotStuffed(octets, 'crlf')) {
    expect(piece.length).toBeLessThanOrEqual(65_536);
    expect(piece.buffer).toBe(octets.buffer);
  }
  for (const piece of dotStuffed(Buffer.from('.\n'.repeat(50_000)), 'crlf')) expect(piece.length).toBeLessThan(131_073);
});
