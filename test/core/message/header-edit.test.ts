import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMessage, type MessageEdit } from '../../../core/message/message.ts';
import { decodeWords } from '../../../core/message/words.ts';
import { wire } from '../../messages/make.ts';

const base = 'Received: by a\n\tid 1\nFrom: ann@example.org\nX-A: 1\nsubject:  old\nx-a: 2\n__proto__: none\n\nbody\n';
const edited = (text: string, ...edits: readonly MessageEdit[]): string => {
  const message = openMessage(wire(text));
  message.edit(edits);
  return Buffer.from(message.write()).toString('latin1').replaceAll('\r\n', '\n');
};
const append = (name: string, value: string): MessageEdit => ({ kind: 'append-field', name, value });

test('fields are put on top, at the end, in place of others, and away', () => {
  expect(edited(base, { kind: 'prepend-field', name: 'X-T', value: 't' })).toBe(`X-T: t\n${base}`);
  expect(edited(base, append('X-E', 'e'))).toBe(base.replace('\n\n', '\nX-E: e\n\n'));
  expect(edited(base, { kind: 'set-field', name: 'X-a', value: '3' })).toBe(
    base.replace('X-A: 1\n', 'X-a: 3\n').replace('x-a: 2\n', ''),
  );
  expect(edited(base, { kind: 'remove-fields', name: 'RECEIVED' })).toBe(base.replace('Received: by a\n\tid 1\n', ''));
  expect(edited(base, { kind: 'set-field', name: '__proto__', value: 'x' })).toBe(base.replace('none', 'x'));
  expect(edited(base, { kind: 'remove-fields', name: 'X-None' })).toBe(base);
});

test('each edit sees what the ones before it left', () => {
  expect(
    edited('Subject: x\n\n', append('X-A', '1'), { kind: 'set-field', name: 'x-a', value: '2' }, append('X-B', '3'), {
      kind: 'remove-fields',
      name: 'Subject',
    }),
  ).toBe('x-a: 2\nX-B: 3\n\n');
});

test('a header without its last line end, an mbox line and an empty header', () => {
  expect(edited('Subject: x', append('X-A', '1'))).toBe('Subject: x\nX-A: 1\n');
  expect(edited('From ann@x Mon\nSubject: x\n\n', { kind: 'prepend-field', name: 'X', value: 'y' })).toBe(
    'From ann@x Mon\nX: y\nSubject: x\n\n',
  );
  expect(edited('\nbody', { kind: 'prepend-field', name: 'X', value: 'y' })).toBe('X: y\n\nbody');
});

test.each([
  ['X A', 'x'],
  ['X:A', 'x'],
  ['', 'x'],
  ['X\r\nY', 'x'],
  ['Größe', 'x'],
  ['X-A', 'a\r\nBcc: eve@example.org'],
  ['X-A', 'a\nb'],
  ['X-A', 'a\rb'],
  ['X-A', 'a\0b'],
  ['X-A', 'a\u0085b'],
  ['X-A', 'x'.repeat(1000)],
  ['Content-Type', 'text/html'],
  ['content-transfer-encoding', 'base64'],
  ['Content-Description', 'größe'],
  ['To', 'jürgen@example.org'],
])('%j: %j is refused', (name, value) => {
  const octets = wire(base);
  const message = openMessage(octets);
  expect(message.edit([append(name, value)])).toMatchObject([{ kind: 'skipped' }]);
  expect(message.write()).toBe(octets);
});

test('addresses keep theirs, names become encoded-words', () => {
  const message = openMessage(wire('Subject: x\n\n'));
  message.edit([append('To', '"Jürgen Größe" <j@example.org>, Ann <ann@example.org>')]);
  const [, [, value] = ['', '']] = message.data('none').fields;
  expect(value).toBe('=?utf-8?B?SsO8cmdlbiBHcsO2w59l?= <j@example.org>, Ann <ann@example.org>');
});

test('any value without control characters reads back as it was, on lines of at most 998 octets', () => {
  const word = fc.oneof(fc.string({ maxLength: 90 }), fc.string({ unit: 'grapheme', maxLength: 60 }));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const value = words
        .join(' ')
        .replaceAll(/[\p{Cc}\u2028\u2029]|=\?/gu, '')
        .trim();
      const message = openMessage(wire('Subject: x\n\n'));
      expect(message.edit([append('X-A', value)])).toMatchObject([{ kind: 'done' }]);
      const written = openMessage(message.write());
      const [, [, read] = ['', '']] = written.data('none').fields;
      expect(decodeWords(read)).toBe(value.toWellFormed());
      const lines = Buffer.from(message.write()).toString('latin1').split('\r\n');
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(998);
      expect(lines.slice(1, -2).every((line) => line.trim() !== '' && !/[^\0-\x7f]/.test(line))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('values fold at 78 octets where they have white space', () => {
  const text = edited('Subject: x\n\n', append('X-A', 'word '.repeat(60)));
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(78);
  expect(text.replaceAll('\n ', ' ')).toContain(`X-A: ${'word '.repeat(60).trim()}\n`);
});

test('data() tells the fields as they stand: unfolded, duplicates and order kept', () => {
  const message = openMessage(wire(base));
  message.edit([{ kind: 'prepend-field', name: 'X-T', value: 't' }]);
  expect(message.data('none').fields).toEqual([
    ['X-T', 't'],
    ['Received', 'by a\tid 1'],
    ['From', 'ann@example.org'],
    ['X-A', '1'],
    ['subject', 'old'],
    ['x-a', '2'],
    ['__proto__', 'none'],
  ]);
});
