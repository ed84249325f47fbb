import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { Duplex } from 'node:stream';
import * as fc from 'fast-check';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import {
  createDecoder,
  decodeDone,
  decodeRun,
  encodeDone,
  encodeHeader,
  type Frame,
} from '../../../core/sandbox/bridge.ts';
import { createFrameLog } from '../../../core/sandbox/frames.ts';
import { openHostProgram } from '../../../core/sandbox/host-program.ts';
import { Host } from '../../../core/sandbox/supervisor.ts';
import { silent } from './sinks-in-text.ts';
import { readOutbox } from '../../../core/sandbox/outbox.ts';

const isLong = process.env['LONG'] !== undefined;
const numRuns = isLong ? 200_000 : 3000;
const kinds = ['open', 'describe', 'run', 'close', 'octets', 'free', 'ready', 'done'] as const;
const statuses = ['ok', 'timeout', 'memory', 'outbox', 'failed', 'unbuilt'] as const;

const octets = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const header = fc
  .tuple(fc.constantFrom(...kinds), fc.nat(), fc.integer({ min: 0, max: 300 }))
  .map(([kind, number, length]) => encodeHeader(kind, number, length));
/** Octets that look like frames now and then. */
const garbage = fc.array(fc.oneof(octets, header), { maxLength: 20 }).map((parts) => Buffer.concat(parts));
const outboxItem = fc.array(fc.oneof(fc.integer({ min: -1, max: 5 }), fc.string(), fc.jsonValue()), { maxLength: 6 });

/** Cuts octets into chunks at these places. */
function* chunksOf(stream: Buffer, cuts: readonly number[]): Generator<Buffer> {
  const places = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].toSorted((a, b) => a - b);
  for (let at = 0, from = 0; at < places.length; from = places[at] ?? 0, at += 1)
    yield stream.subarray(from, places[at]);
}

/** Runs what the core does with what a host writes. A RangeError is how it says that the host has to go. */
function receive(chunks: Iterable<Buffer>): 'read' | 'refused' {
  const log = createFrameLog();
  for (let number = 1; number <= 3; number += 1) log.add(number, { wall: 100, who: 'a', settle: () => undefined }, 0);
  const decode = createDecoder('core', ({ kind, number, body }) => {
    if (kind !== 'done') return;
    const done = decodeDone(body);
    readOutbox(done.text);
    log.answer(number, done, 0);
  });
  try {
    for (const chunk of chunks) decode(chunk);
    return 'read';
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return 'refused';
  }
}

test('whatever a host writes, cut wherever, is read or refused with a RangeError', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      garbage,
      fc.array(fc.nat(), { maxLength: 5 }),
      (stream, cuts) => void seen.add(receive(chunksOf(stream, cuts))),
    ),
    { numRuns },
  );
  expect(seen).toEqual(new Set(['read', 'refused']));
});

test('frames come out as they went in, wherever the stream is cut', () => {
  const frame = fc.record({ number: fc.nat(0xffff_ffff), body: octets });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 10 }), fc.array(fc.nat(), { maxLength: 10 }), (sent, cuts) => {
      const got: Frame[] = [];
      const stream = sent.flatMap(({ number, body }) => [encodeHeader('done', number, body.length), body]);
      const decode = createDecoder('core', (one) => void got.push({ ...one, body: Buffer.from(one.body) }));
      for (const chunk of chunksOf(Buffer.concat(stream), cuts)) decode(chunk);
      expect(got).toEqual(sent.map((one) => ({ kind: 'done', ...one })));
    }),
    { numRuns: numRuns / 10 },
  );
});

test('an answer comes out as it went in; any other octets are refused with a RangeError', () => {
  const answer = fc.record({
    status: fc.constantFrom(...statuses),
    cpu: fc.nat(),
    text: fc.string({ unit: 'grapheme' }),
  });
  fc.assert(
    fc.property(answer, (done) => {
      expect(decodeDone(encodeDone(done))).toEqual(done);
    }),
    { numRuns: numRuns / 10 },
  );
  fc.assert(
    fc.property(octets, (body) => {
      for (const decode of [decodeDone, decodeRun])
        try {
          decode(body);
        } catch (thrown) {
          if (!(thrown instanceof RangeError)) throw thrown;
        }
    }),
    { numRuns },
  );
});

test('whatever an isolate sends is items or null', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(outboxItem).map((items) => JSON.stringify(items)),
      ),
      (text) => {
        const items = readOutbox(text);
        for (const item of items ?? []) expect(['answer', 'fault', 'call', 'console']).toContain(item.kind);
      },
    ),
    { numRuns },
  );
});

const program = openHostProgram();
afterAll(async () => await (await program)[Symbol.asyncDispose]());

/** A host as the core starts it, ready for frames. */
async function startHost() {
  const child = spawn(process.execPath, [...(await program).command], {
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const channel = child.stdio[3];
  if (!(channel instanceof Duplex)) throw new Error('fd 3 is no socket');
  channel.on('error', () => undefined);
  const frames: Frame[] = [];
  const ready = Promise.withResolvers<void>();
  const decode = createDecoder('core', (frame) => {
    if (frame.kind === 'ready') ready.resolve();
    else frames.push({ ...frame, body: Buffer.from(frame.body) });
  });
  channel.on('data', decode);
  const closed = once(child, 'close');
  await ready.promise;
  return { channel, frames, closed };
}

test(
  'a host answers every request in turn whose body is garbage, and serves afterwards or ends; it never writes garbage',
  { timeout: isLong ? 600_000 : 30_000 },
  async () => {
    const bodies = fc.sample(
      fc.oneof(
        octets,
        fc.json().map((text) => Buffer.from(text)),
      ),
      { numRuns: isLong ? 200 : 12, seed: 7 },
    );
    for (const body of bodies) {
      const { channel, frames, closed } = await startHost();
      for (const [kind, number] of [
        ['octets', 1],
        ['free', 9],
        ['close', 4],
      ] as const)
        channel.write(Buffer.concat([encodeHeader(kind, number, body.length), body]));
      const run = Buffer.concat([Buffer.from([0, 0, 0, 5, 0, 0, 0, 50]), body]);
      channel.write(Buffer.concat([encodeHeader('run', 1, run.length), run]));
      channel.write(Buffer.concat([encodeHeader('open', 2, body.length), body]));
      channel.end();
      await closed;
      expect(frames.map(({ kind, number }) => [kind, number])).toEqual(expect.arrayContaining([['done', 1]]));
      for (const { body: answer } of frames) expect(statuses).toContain(decodeDone(answer).status);
    }
  },
);

test(
  'raw garbage on the socket of a live host: it answers in turn what is a frame, or ends; it never writes garbage',
  { timeout: isLong ? 600_000 : 60_000 },
  async () => {
    const streams = fc.sample(garbage, { numRuns: isLong ? 300 : 10, seed: 11 });
    for (const stream of [Buffer.alloc(64, 0xff), Buffer.alloc(9), ...streams]) {
      const { channel, frames, closed } = await startHost();
      channel.write(stream);
      channel.end();
      await closed;
      for (const { kind, body } of frames) {
        expect(kind).toBe('done');
        expect(statuses).toContain(decodeDone(body).status);
      }
    }
  },
);

/** A program in place of a host: it says it is ready, waits for a frame, then writes these octets to the core. */
const hostile = (said: Buffer): readonly string[] => [
  '-e',
  `const fs = require('node:fs');
   const ready = Buffer.alloc(9); ready.writeUInt8(16, 4);
   fs.writeSync(3, ready);
   fs.readSync(3, Buffer.alloc(1));
   fs.writeSync(3, Buffer.from('${said.toString('base64')}', 'base64'));
   setInterval(() => 1, 1000);`,
];

test(
  'a hostile host that writes garbage to the core is killed, and what it was asked is lost, not made up',
  { timeout: isLong ? 600_000 : 60_000 },
  async () => {
    const streams = fc.sample(garbage, { numRuns: isLong ? 300 : 8, seed: 13 });
    const outOfTurn = Buffer.concat([encodeHeader('done', 7, 5), encodeDone({ status: 'ok', cpu: 0, text: '' })]);
    const tooLong = encodeHeader('done', 1, 0xffff_ffff);
    for (const said of [outOfTurn, tooLong, Buffer.alloc(64, 0xff), ...streams]) {
      const lost = Promise.withResolvers<string>();
      const host = new Host({ command: hostile(said), log: silent, onLost: (_, reason) => lost.resolve(reason) });
      expect(await host.ready).toBe(true);
      const settled = Promise.withResolvers<unknown>();
      host.ask('run', Buffer.alloc(8), { wall: 60_000, who: 'a', settle: ({ kind }) => settled.resolve(kind) });
      // What is no whole frame, or empty, is waited for: the acknowledgement clock ends that, here the test does.
      const outcome = await Promise.race([settled.promise, after(300)]);
      if (outcome === undefined) await host.stop();
      expect(await settled.promise).toBe('lost');
      expect(await lost.promise).toMatch(outcome === undefined ? /^stopped$/ : /^protocol: /);
      await host.stop();
    }
  },
);
