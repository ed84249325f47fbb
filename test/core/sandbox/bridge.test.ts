import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createDecoder,
  decodeDone,
  decodeRun,
  encodeDone,
  encodeHeader,
  encodeRun,
  type Frame,
} from '../../../core/sandbox/bridge.ts';
import { readOutbox } from '../../../core/sandbox/outbox.ts';

const kinds = ['open', 'describe', 'run', 'close', 'octets', 'free'] as const;
const frames = fc.array(
  fc.record({ kind: fc.constantFrom(...kinds), number: fc.nat(0xffff_ffff), body: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 8 },
);

test('frames come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 })), (sent, cuts) => {
      let stream = Buffer.concat(
        sent.flatMap(({ kind, number, body }) => [encodeHeader(kind, number, body.length), body]),
      );
      const got: Frame[] = [];
      const decode = createDecoder('host', (frame) => got.push({ ...frame, body: Buffer.from(frame.body) }));
      for (const cut of cuts) {
        decode(stream.subarray(0, cut));
        stream = stream.subarray(cut);
      }
      decode(stream);
      expect(got.map(({ kind, number, body }) => ({ kind, number, body: new Uint8Array(body) }))).toEqual(sent);
    }),
  );
});

test('octets that are no frames are refused, or wait for more; they are never taken for frames of the other side', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 9, maxLength: 400 }), (octets) => {
      const got: Frame[] = [];
      try {
        createDecoder('core', (frame) => got.push(frame))(Buffer.from(octets));
      } catch (thrown) {
        if (!(thrown instanceof RangeError)) throw thrown;
      }
      expect(got.every(({ kind }) => kind === 'ready' || kind === 'done')).toBe(true);
    }),
  );
});

test('a frame above the bound is refused before it is read', () => {
  expect(() => createDecoder('core', () => undefined)(encodeHeader('done', 1, 33 * 2 ** 20))).toThrow(
    'a done frame of 34603008 octets is over the bound',
  );
});

test('a frame of the wrong side is refused', () => {
  expect(() => createDecoder('core', () => undefined)(encodeHeader('open', 1, 0))).toThrow(
    'no frame of kind 1 is expected here',
  );
  expect(() => createDecoder('host', () => undefined)(encodeHeader('done', 1, 0))).toThrow(
    'no frame of kind 17 is expected here',
  );
});

test('run and done bodies keep what they carry', () => {
  const run = { tenant: 7, slice: 100, text: '[[0,1,"onRcpt",{"a":"é…😀"},0]]' };
  expect(decodeRun(encodeRun(run))).toEqual(run);
  const done = { status: 'timeout', cpu: 50_377, text: '[]' } as const;
  expect(decodeDone(encodeDone(done))).toEqual(done);
});

test('an outbox is read with suspicion: what the bridge does not write is null, never an error', () => {
  for (const text of [
    '',
    '{}',
    '[1]',
    '[[0]]',
    '[[0,"1"]]',
    '[[2,1,1,"a",{}]]',
    '[[1,1,"other","text"]]',
    '[[9,1]]',
    '[[0,1,2]',
  ])
    expect([text, readOutbox(text)]).toEqual([text, null]);
  expect(
    readOutbox('[[0,1],[0,2,{"a":1}],[1,3,"threw","no"],[2,4,1,"kv.get",["a"]],[3,0,"info","line"]]'),
  ).toHaveLength(5);
  fc.assert(fc.property(fc.json(), (text) => void readOutbox(text)));
});
