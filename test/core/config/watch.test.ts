import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchFiles, type WatchOptions } from '../../../core/config/watch.ts';
import { listeningLog } from '../telemetry/listening-log.ts';

let folder = '';
let file = '';
let watching: AsyncDisposable | null = null;
const told: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-watch-'));
  file = join(folder, 'sluice.yaml');
  writeFileSync(file, 'one');
  told.length = 0;
});
afterEach(async () => {
  await watching?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const note = (paths: readonly string[]): void => void told.push(...paths);

async function start(path = file, options: Partial<WatchOptions> = {}): Promise<void> {
  watching = await watchFiles([path], { log: listeningLog(), ...options }, note);
}
/** Waits until so many changes are told. */
async function toldAfter(count: number): Promise<readonly string[]> {
  await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(count), { timeout: 5_000 });
  return told;
}

/** A file that comes and goes: when both are told, what was done before is told too, or never will be. */
async function toldBefore(marker: string): Promise<readonly string[]> {
  for (const change of [() => writeFileSync(marker, 'x'), () => unlinkSync(marker)]) {
    const before = told.filter((path) => path === marker).length;
    change();
    await vi.waitFor(() => expect(told.filter((path) => path === marker).length).toBe(before + 1), { timeout: 5_000 });
  }
  return told.filter((path) => path !== marker);
}

test('watchFiles() tells a plain save, every time', async () => {
  await start();
  for (const turn of [1, 2, 3]) {
    writeFileSync(file, `saved ${turn}`);
    expect(await toldAfter(turn)).toEqual(Array(turn).fill(file));
  }
});

test('watchFiles() tells a save by rename once, as editors do it, every time', async () => {
  await start();
  for (const turn of [1, 2, 3]) {
    writeFileSync(`${file}.tmp`, `saved ${turn}`);
    renameSync(`${file}.tmp`, file);
    expect(await toldAfter(turn)).toEqual(Array(turn).fill(file));
  }
});

test('watchFiles() tells a save that moves the old file away, and one in pieces, once', async () => {
  await start(folder);
  renameSync(file, `${file}~`);
  writeFileSync(file, '');
  for (const piece of ['a', 'b', 'c', 'd']) appendFileSync(file, piece);
  unlinkSync(`${file}~`);
  expect(await toldBefore(join(folder, 'marker'))).toEqual([file]);
});

test('watchFiles() does not tell what was only touched, or replaced by an equal file', async () => {
  await start(folder);
  utimesSync(file, 1, 1);
  writeFileSync(`${file}~`, 'one');
  renameSync(`${file}~`, file);
  expect(await toldBefore(join(folder, 'marker'))).toEqual([]);
});

test('watchFiles() does not believe a file that is still being written', async () => {
  await start(file, { settle: 200 });
  const pieces = ['a', 'b', 'c', 'd'];
  writeFileSync(file, '');
  for (const piece of pieces) {
    appendFileSync(file, piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await toldAfter(1)).toEqual([file]);
});

test('watchFiles() tells of files added to and removed from a folder, and not of noise', async () => {
  const sinks = join(folder, 'sinks');
  mkdirSync(join(sinks, 'a', 'node_modules', 'b'), { recursive: true });
  await start(sinks, { ignored: (path) => path.endsWith('.map') });
  mkdirSync(join(sinks, 'new'));
  const added = join(sinks, 'new', 'sink.ts');
  writeFileSync(added, '1');
  expect(await toldAfter(1)).toEqual([added]);
  for (const noise of ['a/node_modules/b/x.js', 'new/.sink.ts.swp', 'new/sink.ts~', 'new/sink.map']) {
    writeFileSync(join(sinks, noise), 'x');
  }
  rmSync(join(sinks, 'new'), { recursive: true });
  expect(await toldBefore(join(sinks, 'marker'))).toEqual([added, added]);
});

test('watchFiles() waits for a file that is not there yet', async () => {
  const later = join(folder, 'later.yaml');
  await start(later);
  writeFileSync(later, 'now');
  expect(await toldAfter(1)).toEqual([later]);
});
