import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMessage, type EditReport, type MessageEdit, type OpenMessage } from '../../../core/message/message.ts';
import { everyPart, type Part } from '../../../core/message/part.ts';
import { addPart, filePart, removePart, replacePart, textPart, wrap } from '../../../sdk/edits.ts';
import type { PartData } from '../../../sdk/message.ts';
import { fixtures } from '../../messages/make.ts';

const edits: readonly MessageEdit[] = [
  { kind: 'prepend-field', name: 'X-Top', value: 'eins zwei drei' },
  { kind: 'append-field', name: 'X-End', value: 'größer' },
  { kind: 'set-field', name: 'subject', value: 'Fwd' },
  { kind: 'remove-fields', name: 'x-odd' },
  { kind: 'insert-text', position: 'after', plain: 'Fußnote', html: '<p>Fußnote</p>' },
];
const image = { name: 'i', type: 'image/png', base64: 'iVBORw0KGgo=' } as const;
/** Those that change the tree, too. */
const allEdits: readonly MessageEdit[] = [
  ...edits,
  { kind: 'insert-text', position: 'before', plain: 'x', html: '<img src="cid:i">', images: [image] },
  addPart(filePart('application/pdf', 'QUJD', { disposition: 'attachment', filename: 'größe.pdf' })),
  replacePart('', textPart('text/html', '<p>--b\n--b--</p>')),
  replacePart('1', textPart('text/plain', '--b\n--b--\n')),
  replacePart('1.2', filePart('text/plain', 'QUJD', { charset: 'koi8-r' })),
  removePart('1'),
  removePart('2'),
  removePart('1.1', 'gone'),
  wrap('<p>Hinweis: größer</p>'),
];
const seeds = fixtures().map(([, octets]) => octets);

/** A fixture with some octets replaced, some cut out, some doubled. */
const mutated = fc
  .record({
    seed: fc.constantFrom(...seeds),
    cuts: fc.array(fc.record({ at: fc.nat(4000), drop: fc.nat(20), put: fc.uint8Array({ maxLength: 12 }) }), {
      maxLength: 4,
    }),
  })
  .map(({ seed, cuts }) =>
    cuts.reduce<Buffer>(
      (octets, { at, drop, put }) => Buffer.concat([octets.subarray(0, at), put, octets.subarray(at + drop)]),
      seed,
    ),
  );
/** Octets that look like MIME more often than chance would have it. */
const mimeish = fc
  .array(
    fc.constantFrom(
      '--b',
      '--',
      '-',
      '\r\n',
      '\n',
      '\r',
      '\r\n\r\n',
      ' ',
      'Content-Type: ',
      'multipart/mixed; boundary=b',
      'text/plain',
      'a: b',
      '\0',
      'é',
      '=',
    ),
    { maxLength: 60 },
  )
  .map((pieces) => Buffer.from(pieces.join('')));
const anyOctets = fc.oneof(
  mutated,
  mimeish,
  fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets)),
);

test('write() gives back the very octets while nothing is edited', () => {
  fc.assert(
    fc.property(anyOctets, (octets) => {
      const message = openMessage(octets);
      message.data('none');
      expect(message.write()).toBe(octets);
      expect(message.edit([])).toEqual([]);
      expect(message.write()).toBe(octets);
    }),
    { numRuns: 500 },
  );
});

test('parts lie inside their parents, in order, without overlap', () => {
  const check = (part: Part, from: number, to: number): void => {
    expect(part.header.from).toBeGreaterThanOrEqual(from);
    expect(part.header.from).toBeLessThanOrEqual(part.header.to);
    expect(part.header.to).toBeLessThanOrEqual(part.body.from);
    expect(part.body.from).toBeLessThanOrEqual(part.body.to);
    expect(part.body.to).toBeLessThanOrEqual(to);
    let next = part.body.from;
    for (const child of part.parts) {
      check(child, next, Math.max(part.body.to, child.body.from));
      next = child.body.to;
    }
  };
  fc.assert(
    fc.property(anyOctets, (octets) => check(openMessage(octets).root, 0, octets.length)),
    { numRuns: 500 },
  );
});

/** What is left of a message when what the report names is taken out, and of the original likewise. */
function outside(octets: Uint8Array, cuts: readonly { readonly at: number; readonly length: number }[]): Buffer {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const { at, length } of [...cuts].sort((a, b) => a.at - b.at)) {
    pieces.push(octets.subarray(from, at));
    from = at + length;
  }
  return Buffer.concat([...pieces, octets.subarray(from)]);
}

test('one edit changes no octet outside of the ranges it reports', () => {
  fc.assert(
    fc.property(anyOctets, fc.constantFrom(...allEdits), (octets, edit) => {
      const message = openMessage(octets);
      const [outcome] = message.edit([edit]);
      const changes = outcome?.kind === 'done' ? outcome.changes : [];
      let shift = 0;
      const now = changes.map(({ at, added, removed }) => {
        const cut = { at: at + shift, length: added };
        shift += added - removed;
        return cut;
      });
      const was = changes.map(({ at, removed }) => ({ at, length: removed }));
      expect(outside(message.write(), now).equals(outside(octets, was))).toBe(true);
      expect(message.write().length - octets.length).toBe(shift);
      expect(message.data('none').size).toBe(message.write().length);
    }),
    { numRuns: 4000 },
  );
});

const sizes = (report: EditReport): unknown =>
  report.map((one) => (one.kind === 'done' ? { added: one.added, removed: one.removed } : one));
const shape = (root: Part): readonly string[] => [...everyPart(root)].map(({ path, type }) => `${path} ${type}`);

test('edits leave the tree as it was', () => {
  fc.assert(
    fc.property(fc.oneof(mutated, mimeish), (octets) => {
      const message = openMessage(octets);
      message.edit(edits);
      expect(shape(openMessage(message.write()).root)).toEqual(shape(message.root));
    }),
    { numRuns: 1000 },
  );
});

test('edits of a second call stack on those of the first', () => {
  fc.assert(
    fc.property(mutated, (octets) => {
      const stacked = openMessage(octets);
      stacked.edit(edits);
      const again = openMessage(stacked.write());
      const report = stacked.edit(edits);
      const reportAgain = again.edit(edits);
      expect(Buffer.from(stacked.write()).equals(again.write())).toBe(true);
      expect(sizes(report)).toEqual(sizes(reportAgain));
    }),
    { numRuns: 300 },
  );
});

const few = fc.array(fc.constantFrom(...allEdits), { minLength: 1, maxLength: 4 });

test('edits of the tree stack with all others, in whatever order', () => {
  fc.assert(
    fc.property(fc.oneof(mutated, mimeish), few, few, (octets, first, second) => {
      const stacked = openMessage(octets);
      stacked.edit(first);
      const between = Buffer.from(stacked.write());
      const again = openMessage(between);
      expect(shape(again.root)).toEqual(treeOf(stacked));
      fc.pre(lineEndOf(octets) === lineEndOf(between)); // the first line tells, and may be gone
      const report = stacked.edit(second);
      expect(sizes(again.edit(second))).toEqual(sizes(report));
      expect(Buffer.from(stacked.write()).equals(again.write())).toBe(true);
      expect(shape(openMessage(stacked.write()).root)).toEqual(treeOf(stacked));
      expect(stacked.text()).toBe(openMessage(stacked.write()).text());
    }),
    { numRuns: 2000 },
  );
});

const lineEndOf = (octets: Buffer): string => /\r?\n/.exec(octets.toString('latin1'))?.[0] ?? '';

function treeOf(message: OpenMessage): readonly string[] {
  const walk = ({ path, type, parts }: PartData): readonly string[] => [`${path} ${type}`, ...parts.flatMap(walk)];
  return walk(message.data('none').tree);
}
