import { array, assert, constantFrom, integer, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { DataReader } from '../../../../core/protocols/smtp/data-reader.ts';
import { LineReader, type CommandLine } from '../../../../core/protocols/smtp/line-reader.ts';

/** Octets that matter, and one that does not. */
const octets = array(constantFrom('\r', '\n', '.', '\0', 'x', '\r\n', '\r\n.', '\r\n.\r\n'), { maxLength: 40 }).map(
  (parts) => parts.join(''),
);
const cuts = array(integer({ min: 0, max: 80 }), { maxLength: 6 });

function cut(text: string, at: readonly number[]): readonly Buffer[] {
  const edges = [0, ...at.map((edge) => Math.min(edge, text.length)).toSorted((a, b) => a - b), text.length];
  return edges.slice(1).map((edge, index) => Buffer.from(text.slice(edges[index], edge), 'latin1'));
}

/** RFC 5321 §4.5.2 in the plainest way there is. */
function contentOf(text: string): { readonly content: string; readonly rest: string } | null {
  const end = `\r\n${text}`.indexOf('\r\n.\r\n');
  if (end < 0) return null;
  const content = `\r\n${text}`.slice(2, end + 2).replace(/\r\n\./g, '\r\n');
  return { content: content.startsWith('.') ? content.slice(1) : content, rest: text.slice(end + 3) };
}

const isBareIn = (content: string): boolean => /\r(?!\n)|(?<!\r)\n/.test(content);

function read(chunks: readonly Buffer[]) {
  const reader = new DataReader();
  let content = '';
  let rest = '';
  const taker = {
    write(chunk: Uint8Array, start: number, end: number) {
      content += Buffer.from(chunk.subarray(start, end)).toString('latin1');
    },
  };
  for (const chunk of chunks) {
    const at = reader.isComplete ? 0 : reader.read(chunk, 0, taker);
    rest += chunk.toString('latin1', at);
  }
  return { reader, content, rest };
}

test('content ends at CRLF.CRLF and nowhere else, however it is cut into segments', () => {
  assert(
    property(tuple(octets, cuts), ([text, at]) => {
      const { reader, content, rest } = read(cut(text, at));
      const expected = contentOf(text);
      expect(reader.isComplete).toBe(expected !== null);
      const wanted = expected ?? { content, rest };
      const isBare = expected ? isBareIn(expected.content) : reader.hasBareLineEnd;
      const hasNul = expected ? expected.content.includes('\0') : reader.hasNul;
      expect({ rest, isBare: reader.hasBareLineEnd, hasNul: reader.hasNul }).toEqual({
        rest: wanted.rest,
        isBare,
        hasNul,
      });
      expect(isBare || content === wanted.content).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  ['.\r\n', ''],
  ['..\r\n.\r\n', '.\r\n'],
  ['.x\r\n.\r\n', 'x\r\n'],
  ['a\r\n..\r\n...\r\n.\r\n', 'a\r\n.\r\n..\r\n'],
])('%j is the content %j', (text, content) => {
  for (let size = 1; size <= text.length; size += 1) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      Buffer.from(text.slice(at * size, at * size + size)),
    );
    expect(read(chunks)).toMatchObject({ content, rest: '', reader: { isComplete: true, hasBareLineEnd: false } });
  }
});

function lines(chunks: readonly Buffer[], limit: number): readonly CommandLine[] {
  const reader = new LineReader(limit);
  const found: CommandLine[] = [];
  for (const chunk of chunks) {
    reader.position = 0;
    for (let line = reader.read(chunk); line; line = reader.read(chunk)) found.push(line);
  }
  return found;
}

const isGood = (line: string): boolean => line.length <= 10 && !/[\r\n\0]/.test(line);

test('command lines end at CRLF and nowhere else, however they are cut into segments', () => {
  assert(
    property(tuple(octets, cuts), ([text, at]) => {
      const found = lines(cut(text, at), 12);
      // What ends in CRLF is told once each; what has no end yet may be told of early.
      const complete = text.split('\r\n').slice(0, -1);
      expect(found.length - complete.length).toBeOneOf([0, 1]);
      const expected = complete.map((line) => (isGood(line) ? line : null));
      expect(found.slice(0, complete.length).map((line) => (line.kind === 'line' ? line.text : null))).toEqual(
        expected,
      );
      expect(found.slice(complete.length).every(({ kind }) => kind === 'bad')).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

test('a bad line is told of before its end is there', () => {
  expect(lines([Buffer.from('NOOP\n')], 100)).toEqual([{ kind: 'bad', problem: 'bare-line-end' }]);
  expect(lines([Buffer.from('x'.repeat(101))], 100)).toEqual([{ kind: 'bad', problem: 'too-long' }]);
  expect(lines([Buffer.from('x'.repeat(100))], 100)).toEqual([]);
});
