import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { openTrace, type TraceEntry } from '../../../core/telemetry/telemetry.ts';
import { createBacklog } from '../../../core/telemetry/trace/backlog.ts';
import { createKeeper } from '../../../core/telemetry/trace/keeper.ts';
import { listeningLog } from './listening-log.ts';

const day = 86_400_000;
const folders: string[] = [];
const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-trace-'));
  folders.push(folder);
  return folder;
};
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

const entry = (traceId: string, at: number, more: Partial<TraceEntry> = {}): TraceEntry => ({
  traceId,
  at,
  kind: 'event',
  event: 'onArrival',
  virtualServer: 'mx',
  binding: 'mx/disclaimer/default',
  sink: 'disclaimer',
  revision: 'abc123',
  decision: 'next',
  detail: '1 edit',
  ms: 1.5,
  ...more,
});
const rows = (count: number, at: number, octets = 10) =>
  Array.from({ length: count }, (_, n) => ({ traceId: `t${at}-${n}`, at, entries: 'x'.repeat(octets) }));

test('openTrace() gives back what was recorded, in the order of time, also after a restart', async () => {
  const folder = scratch();
  const log = listeningLog();
  const [late, early, other] = [
    entry('a', Date.now() + 1),
    entry('a', Date.now(), { ms: null }),
    entry('b', Date.now()),
  ];
  await using first = await openTrace({ folder, log });
  for (const one of [late, early, other]) first.record(one);

  expect(await first.read('a')).toEqual([early, late]);
  await first[Symbol.asyncDispose]();
  await using again = await openTrace({ folder, log });
  expect(await again.read('b')).toEqual([other]);
  expect(await again.read('none')).toEqual([]);
  expect(log.lines).toEqual([]);
});

test('openTrace() cuts an endless detail', async () => {
  await using trace = await openTrace({ folder: scratch(), log: listeningLog() });
  trace.record(entry('a', Date.now(), { detail: 'x'.repeat(1_000_000) }));
  const [read] = await trace.read('a');
  expect(read?.detail).toHaveLength(2_049);
});

test('openTrace() sets a damaged file aside and starts a new one', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'trace.db'), 'this is no database'.repeat(1_000));
  await using trace = await openTrace({ folder, log: listeningLog() });
  trace.record(entry('a', Date.now()));

  expect(await trace.read('a')).toHaveLength(1);
  expect(readFileSync(join(folder, 'trace.db.damaged'), 'utf8')).toContain('this is no database');
});

test('openTrace() on a folder that cannot be used costs the traces, a warning, and nothing else', async () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  const log = listeningLog();
  await using trace = await openTrace({ folder: join(file, 'data'), log });
  trace.record(entry('a', Date.now()));

  expect(await trace.read('a')).toEqual([]);
  expect(trace.dropped).toBe(1);
  expect(log.lines).toContain('warn cannot write traces');
  expect(log.lines).toContain('warn trace entries were lost');
});

test('a backlog drops and counts what does not fit while the writer is busy, and is of use again after', async () => {
  const written: number[] = [];
  const { promise: disk, resolve: free } = Promise.withResolvers<boolean>();
  const log = listeningLog();
  const write = async (batch: readonly { entries: string }[]): Promise<boolean> => {
    written.push(...batch.map(({ entries }) => JSON.parse(entries).length));
    return await disk;
  };
  const backlog = createBacklog({ waiting: 5, batch: 2, delay: 60_000, write, log });

  for (let n = 0; n < 10; n += 1) backlog.add(entry('a', n)); // 2 are being written, 5 wait
  expect(backlog.dropped).toBe(3);
  free(true);
  await backlog.flush();
  backlog.add(entry('a', 11));
  await backlog.flush();
  expect(written).toEqual([2, 5, 1]);
  expect(log.lines).toEqual(['warn trace entries were lost']);
});

test('a keeper forgets what is older than its days and keeps the rest', () => {
  const folder = scratch();
  let now = 100 * day;
  const keeper = createKeeper({ folder, days: 2, size: 1e9 }, () => now);
  keeper.write(rows(3, now));
  now += day;
  keeper.write(rows(3, now));
  now += 1.5 * day;
  keeper.write([]);
  for (let turn = 0; turn < 5; turn += 1) keeper.write([]);

  expect(keeper.read(`t${100 * day}-0`)).toEqual([]);
  expect(keeper.read(`t${101 * day}-2`)).toHaveLength(1);
  keeper.close();
});

test('a keeper stays within its size however much is written, and forgets the oldest first', () => {
  const folder = scratch();
  const keeper = createKeeper({ folder, days: 2, size: 2 ** 20 }, () => 0);
  for (let at = 0; at < 100; at += 1) keeper.write(rows(20, at, 4_000));
  keeper.close();

  expect(statSync(join(folder, 'trace.db')).size).toBeLessThan(1.5 * 2 ** 20);
  const db = new DatabaseSync(join(folder, 'trace.db'));
  const kept = db
    .prepare('SELECT at FROM trace ORDER BY id')
    .all()
    .map((row) => Number(row['at']));
  expect(kept.length).toBeGreaterThan(100);
  expect(kept.at(-1)).toBe(99);
  db.close();
});
