import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { nothingSurvives, replayDisk, type Disk, type Survives } from './disk.ts';
import { acknowledgementsIn, findUnflushed, type Acknowledgement } from './flushed.ts';
import { createLedger, unharmed } from './ledger.ts';
import { createParcel, type Parcel } from './parcel.ts';
import { createRandom } from './random.ts';
import { hasStrace, readTrace, straceInto } from './strace.ts';

const scratch = mkdtempSync(join(tmpdir(), 'sluice-checkers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const count = 60;
const random = createRandom(1);
const parcels = new Map(Array.from({ length: count }, (_, n) => createParcel(n, random)).map((p) => [`q${p.id}`, p]));

describe('the ledger', () => {
  const [first, second] = [createParcel(1, createRandom(7)), createParcel(2, createRandom(8))];
  const boxes = (...messages: readonly Buffer[]): ReadonlyMap<string, readonly Buffer[]> =>
    new Map([...new Set([...first.recipients, ...second.recipients])].map((recipient) => [recipient, messages]));
  const ledgerOf = (...acknowledged: readonly Parcel[]) => {
    const ledger = createLedger();
    for (const parcel of [first, second]) ledger.send({ ...parcel, recipients: [...boxes().keys()] });
    for (const parcel of acknowledged) ledger.acknowledge(parcel);
    return ledger;
  };
  const everyone = (parcel: Parcel): readonly string[] => [...boxes().keys()].map((name) => `${name} ${parcel.id}`);

  test('is content when all is there once, acknowledged or not', () => {
    expect(ledgerOf(first, second).compare(boxes(full(first), full(second)))).toEqual(unharmed);
    expect(ledgerOf(first).compare(boxes(full(first), full(second)))).toEqual(unharmed);
    expect(ledgerOf(first).compare(boxes(full(first)))).toEqual(unharmed);
  });
  test('names an acknowledged message that is not there', () => {
    expect(ledgerOf(first, second).compare(boxes(full(first))).lost).toEqual(everyone(second));
  });
  test('names a message that is there twice, acknowledged or not', () => {
    expect(ledgerOf().compare(boxes(full(first), full(first))).doubled).toEqual(everyone(first));
  });
  test('names a message that lost its last line', () => {
    const cut = full(first).subarray(0, full(first).length - 10);
    expect(ledgerOf(first).compare(boxes(cut)).damaged).toEqual(everyone(first));
  });
  test('names a message nobody sent', () => {
    const other = createParcel(3, createRandom(9));
    expect(ledgerOf().compare(boxes(full(other))).invented).toHaveLength(boxes().size);
  });
});

describe.skipIf(!hasStrace())('the flush and power-cut checkers (need strace)', () => {
  test('are content with a program that flushes before it says 250', async () => {
    const { disk, acknowledgements } = await trace('full');
    expect(acknowledgements).toHaveLength(count);
    expect(findUnflushed(disk, acknowledgements, parcels)).toEqual([]);
    expect(await lossesAtCuts(disk, acknowledgements)).toBe(0);
    expect(await lossesAtCuts(disk, acknowledgements, tearing())).toBe(0);
  });
  test('name every message of a program that does not flush', async () => {
    const { disk, acknowledgements } = await trace('off');
    expect(acknowledgements).toHaveLength(count);
    expect(findUnflushed(disk, acknowledgements, parcels)).toHaveLength(count);
    expect(await lossesAtCuts(disk, acknowledgements)).toBeGreaterThan(count);
  });
  test('name the messages whose flush was taken out of the trace', async () => {
    const { calls, folder, acknowledgements } = await trace('full');
    const flushes = calls.filter(({ name }) => name === 'fsync').map(({ entered }) => entered);
    const last = flushes.slice(-12);
    const disk = replayDisk(
      calls.filter(({ entered }) => !last.includes(entered)),
      folder,
    );
    expect(findUnflushed(disk, acknowledgements, parcels).length).toBeGreaterThan(0);
    expect(await lossesAtCuts(disk, acknowledgements)).toBeGreaterThan(0);
  });
  test('do not keep a file whose folder was never flushed, nor octets that were not', async () => {
    const { disk } = await trace('full');
    const end = Math.max(...disk.instants) + 1;
    expect([...disk.cut(end).keys()].filter((path) => path.startsWith('content'))).toEqual([]);
    expect(
      disk
        .cut(end, () => true)
        .get('content/never-flushed')
        ?.toString(),
    ).toMatch(/not flushed$/);
  });
});

const full = (parcel: Parcel): Buffer => Buffer.concat([Buffer.from('Received: by us\r\n'), parcel.content]);

async function trace(synchronous: 'full' | 'off') {
  const base = mkdtempSync(join(scratch, `${synchronous}-`));
  const folder = join(base, 'data');
  await mkdir(folder);
  const [command = '', ...args] = straceInto(join(base, 'trace'));
  const committer = join(import.meta.dirname, 'fixtures/committer.ts');
  const run = spawnSync(command, [...args, process.execPath, committer, folder, synchronous, String(count)]);
  expect(run.stderr.toString()).toBe('');
  const calls = await readTrace(join(base, 'trace'));
  return { calls, folder, disk: replayDisk(calls, folder), acknowledgements: acknowledgementsIn(calls) };
}

const tearing = (): Survives => {
  const dice = createRandom(3);
  return () => dice.next() < 0.5;
};

/** Cuts the power after each acknowledgement and reads what the database still has. */
async function lossesAtCuts(disk: Disk, said: readonly Acknowledgement[], survives: Survives = nothingSurvives) {
  let losses = 0;
  for (const { entered } of said) {
    const kept = await readCut(disk.cut(entered + 1, survives));
    const promised = said.filter((other) => other.entered <= entered).map(({ name }) => parcels.get(name));
    losses += promised.filter((parcel) => parcel && !kept.get(parcel.id)?.equals(parcel.content)).length;
  }
  return losses;
}

async function readCut(files: ReadonlyMap<string, Buffer>): Promise<ReadonlyMap<string, Buffer>> {
  const folder = mkdtempSync(join(scratch, 'cut-'));
  for (const [path, octets] of files) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), octets);
  }
  const database = new DatabaseSync(join(folder, 'committer.db'));
  try {
    const rows = database.prepare('SELECT id, octets FROM mail').all();
    return new Map(rows.map(({ id, octets }) => [String(id), Buffer.from(octets as Uint8Array)]));
  } catch {
    return new Map(); // not even the table is there
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}
