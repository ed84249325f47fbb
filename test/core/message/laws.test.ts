import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMessage, type EditReport, type MessageEdit } from '../../../core/message/message.ts';
import { everyPart, type Part } from '../../../core/message/part.ts';
import { fixtures } from '../../messages/make.ts';

const edits: readonly MessageEdit[] = [
  { kind: 'prepend-field', name: 'X-Top', value: 'eins zwei drei' },
  { kind: 'append-field', name: 'X-End', value: 'größer' },
  { kind: 'set-field', name: 'subject', value: 'Fwd' },
  { kind: 'remove-fields', name: 'x-odd' },
  { kind: 'insert-text', position: 'after', plain: 'Fußnote', html: '<p>Fußnote</p>' },
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
    fc.property(anyOctets, fc.constantFrom(...edits), (octets, edit) => {
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
    { numRuns: 1500 },
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
