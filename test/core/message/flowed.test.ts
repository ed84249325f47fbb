import { expect, test } from 'vitest';
import { formatFlowed, unflow } from '../../../core/message/text/flowed.ts';
import { openMessage } from '../../../core/message/message.ts';
import { sources, wire } from '../../messages/make.ts';

const long = 'word '.repeat(40).trim();

test.each([{ delSp: false }, { delSp: true }])('what is formatted as flowed reads back as it was: %j', (flow) => {
  const text = `${long}\n\n stuffed\n> no quote\nFrom the start\n-- \nAnn\n${'x'.repeat(100)}`;
  const lines = formatFlowed(text, flow).split('\n');
  expect(unflow(lines.join('\r\n'), flow)).toBe(text);
  expect(Math.max(...lines.filter((line) => !line.startsWith('x')).map(({ length }) => length))).toBeLessThanOrEqual(
    78,
  );
  expect(lines).toContain('-- ');
  expect(lines.some((line) => line.startsWith('>') || line.startsWith('From '))).toBe(false);
});

test('quoted lines of one depth flow, lines of two depths do not, a signature ends a paragraph', () => {
  expect(unflow('> a \r\n> b\r\n>> c \r\nd \r\n-- \r\ne', { delSp: false })).toBe('> a b\n>> c \nd \n-- \ne');
  expect(unflow('a \r\nb', { delSp: true })).toBe('ab');
});

test.each([
  ['ends softly', 'last \n', 'last ', 'new'],
  ['ends hard', 'last\n', 'last', 'new'],
  ['ends in a signature separator', 'last\n-- \n', 'last\n-- ', 'new'],
  ['has no line end', 'last ', 'last ', 'new'],
])('inserting below a text that %s leaves its paragraphs as they were', (_, body, paragraphs, text) => {
  const message = openMessage(wire(`Content-Type: text/plain; format=flowed\n\n${body}`));
  message.edit([{ kind: 'insert-text', position: 'after', plain: `${text}\n${long}`, html: '' }]);
  expect(openMessage(message.write()).text()?.trimEnd()).toBe(`${paragraphs}\n${text}\n${long}`);
});

test('a flowed message in ISO-8859-1 stays flowed and in ISO-8859-1', () => {
  const message = openMessage(sources['flowed-latin1.eml'] ?? Buffer.alloc(0));
  const before = message.text();
  message.edit([{ kind: 'insert-text', position: 'after', plain: `Fußnote: ${long}`, html: '' }]);
  expect(message.text()).toBe(`${before?.slice(0, -1)}\nFußnote: ${long}\n`);
  expect(Buffer.from(message.write()).toString('latin1')).toContain('Fu\xdfnote: word word');
});
