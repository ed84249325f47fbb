import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openTrace, type RecordedEvent, type TraceEntry } from '../../../core/telemetry/telemetry.ts';
import { mentions } from '../../../core/telemetry/trace/mentions.ts';
import { createReel } from '../../../core/telemetry/trace/reel.ts';
import { openTape } from '../../../core/telemetry/trace/tape.ts';
import { listeningLog } from './listening-log.ts';

const day = 86_400_000;
const folders: string[] = [];
const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-record-'));
  folders.push(folder);
  return folder;
};
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

const recorded = (traceId: string, at: number, more: Partial<RecordedEvent> = {}): RecordedEvent => ({
  traceId,
  at,
  event: 'onArrival',
  binding: 'mx/greet/greet',
  sink: 'greet',
  revision: 'abc',
  payload: JSON.stringify({ envelope: { reversePath: 'ann@far.example', recipients: ['bob@example.test'] } }),
  answer: '{"kind":"decision","decision":{"kind":"next","edits":[]}}',
  octets: null,
  ...more,
});
const entry = (traceId: string, detail: string): TraceEntry => ({
  traceId,
  at: Date.now(),
  kind: 'queue',
  event: 'accepted',
  virtualServer: 'mx',
  binding: null,
  sink: null,
  revision: null,
  decision: null,
  detail,
  ms: null,
});
const big = (at: number) => recorded(`t${at}`, at, { octets: Buffer.alloc(100_000, String(at)) });
const options = { days: 1, size: 2 ** 20, bodies: true };
const all = { sink: 'greet', traceId: null, last: 1_000 };

test('nothing is recorded unless asked for, and what was recorded before goes', async () => {
  const folder = scratch();
  const log = listeningLog();
  const first = await openTrace({ folder, log, recording: options });
  first.keep(recorded('a', Date.now()));
  expect(await first.recorded(all)).toHaveLength(1);
  expect(statSync(join(folder, 'record.db')).mode & 0o777).toBe(0o600);
  await first[Symbol.asyncDispose]();

  await using second = await openTrace({ folder, log });
  second.keep(recorded('a', Date.now()));
  expect(await second.recorded(all)).toEqual([]);
  expect(existsSync(join(folder, 'record.db'))).toBe(false);
});

test('recorded events come back by sink, trace and number, the oldest first, with their octets', async () => {
  await using trace = await openTrace({ folder: scratch(), log: listeningLog(), recording: options });
  const octets = Buffer.from('Subject: x\r\n\r\n\x00\xff', 'latin1');
  const [a, b, c] = [recorded('a', Date.now()), recorded('b', Date.now(), { octets }), recorded('b', Date.now())];
  for (const event of [a, recorded('a', Date.now(), { sink: 'other' }), b, c]) trace.keep(event);

  expect((await trace.recorded(all)).map(({ traceId }) => traceId)).toEqual(['a', 'b', 'b']);
  expect(await trace.recorded({ ...all, last: 1 })).toEqual([c]);
  const [found] = await trace.recorded({ ...all, traceId: 'b' });
  expect(Buffer.from(found?.octets ?? [])).toEqual(octets);
});

test('what is too old or too much goes, the oldest first, and its octets with it', () => {
  let now = 10 * day;
  const folder = scratch();
  const tape = openTape(folder, options, () => now);
  for (let at = now; at < now + 40; at += 1) tape?.write([big(at)]);
  const kept = tape?.read(all).map(({ at }) => at - now) ?? [];
  expect(kept.length).toBeGreaterThan(2);
  expect(kept.length).toBeLessThan(12);
  expect(kept.at(-1)).toBe(39);
  now += 1.5 * day;
  expect(tape?.read(all)).toEqual([]);
  tape?.sweep();
  tape?.close();
  expect(statSync(join(folder, 'record.db')).size).toBeLessThan(4 * 2 ** 20);
});

test('purging an address removes whole traces and what was recorded, from the file as well', async () => {
  const folder = scratch();
  await using trace = await openTrace({ folder, log: listeningLog(), recording: options });
  trace.keep(recorded('by-payload', Date.now()));
  trace.record(entry('by-payload', 'a line that names nobody'));
  trace.keep(recorded('by-trace', Date.now(), { payload: '{}' }));
  trace.record(entry('by-trace', '{"to":"ANN@far.example"}'));
  trace.keep(recorded('by-body', Date.now(), { payload: '{}', octets: Buffer.from('Hi <ann@far.example>!') }));
  trace.keep(recorded('other', Date.now(), { payload: '"joann@far.example ann@far.example.org"' }));
  trace.record(entry('other', '{"to":"joann@far.example"}'));

  expect(await trace.purge('Ann@Far.Example')).toEqual({ traces: 2, recorded: 3 });
  expect((await trace.recorded(all)).map(({ traceId }) => traceId)).toEqual(['other']);
  expect(await trace.read('by-payload')).toEqual([]);
  expect(await trace.read('by-trace')).toEqual([]);
  expect(await trace.read('other')).toHaveLength(1);
  expect(await trace.purge('ann@far.example')).toEqual({ traces: 0, recorded: 0 });
  await trace[Symbol.asyncDispose]();
  for (const file of ['trace.db', 'record.db'])
    expect((await readFile(join(folder, file), 'latin1')).toLowerCase()).not.toMatch(/[^o]ann@far\.example[^.]/);
});

test.each([
  ['"to":"bob@a.example"', 'bob@a.example', true],
  ['bob@a.example', 'BOB@A.example', true],
  ['<bob@a.example>, x', 'bob@a.example', true],
  ['mail for bob@a.example.', 'bob@a.example', true],
  [JSON.stringify('To:\nbob@a.example'), 'bob@a.example', true],
  [JSON.stringify(JSON.stringify('"o \\" d"@a.example')), '"o \\" d"@a.example', true],
  ['jürgen@müller.example', 'JÜRGEN@MÜLLER.example', true],
  ['bob@a.example.org', 'bob@a.example', false],
  ['jbob@a.example', 'bob@a.example', false],
  ['x.bob@a.example', 'bob@a.example', false],
  ['bob@a.example2', 'bob@a.example', false],
  ['bob+tag@a.example', 'bob@a.example', false],
])('%s and %s: mentions() is %s', (text, address, expected) => expect(mentions(text, address)).toBe(expected));

test('the reel keeps no more octets than it may, and says what it left out', async () => {
  const log = listeningLog();
  const batches: number[] = [];
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const reel = createReel({ waiting: 600, log, write: (events) => (batches.push(events.length), promise) });
  for (let n = 0; n < 20; n += 1) reel.add(recorded('a', n));
  resolve(true);
  await reel.flush();
  reel.add(recorded('a', 30));
  await reel.flush();
  expect(batches[0]).toBe(1);
  expect(batches.reduce((sum, one) => sum + one)).toBeLessThan(10);
  expect(batches.at(-1)).toBe(1);
  expect(JSON.stringify(log.lines)).toContain('events were not recorded');
});
