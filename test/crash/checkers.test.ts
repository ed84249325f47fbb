import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { nothingSurvives, replayDisk, type Disk, type Survives } from './disk.ts';
import { acknowledgementsIn, findUnflushed, type Acknowledgement } from './flushed.ts';
import { createLedger, unharmed, type Damage } from './ledger.ts';
import { createParcel } from './parcel.ts';
import { createRandom } from './random.ts';
import { hasStrace, readTrace, straceInto } from './strace.ts';

const scratch = mkdtempSync(join(tmpdir(), 'sluice-checkers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const count = 60;
const parcels = new Map(Array.from({ length: count }, (_, n) => createParcel(n)).map((p) => [`q${p.id}`, p]));

describe('the ledger', () => {
  const parcel = createParcel(1);
  const [recipient = ''] = parcel.recipients;
  const key = `${recipient} ${parcel.id}`;
  const whole = Buffer.concat([Buffer.from('Received: by us\r\n'), parcel.content]);
  const damageOf = (found: readonly Buffer[], isAcknowledged: boolean): Damage => {
    const ledger = createLedger((before) => before.startsWith('Received:'));
    ledger.send(parcel);
    if (isAcknowledged) ledger.acknowledge(parcel);
    const account = ledger.openAccount();
    for (const octets of found) account.take(recipient, octets);
    return account.damage();
  };

  test('is content when what was acknowledged is there once, and what was not at most once', () => {
    expect(damageOf([whole], true)).toEqual(unharmed);
    expect(damageOf([whole], false)).toEqual(unharmed);
    expect(damageOf([], false)).toEqual(unharmed);
  });
  test('names an acknowledged message that is not there', () => {
    expect(damageOf([], true)).toEqual({ ...unharmed, lost: [key] });
  });
  test('names a message that is there twice, acknowledged or not', () => {
    expect(damageOf([whole, whole], true)).toEqual({ ...unharmed, doubled: [key] });
    expect(damageOf([whole, whole], false)).toEqual({ ...unharmed, doubled: [key] });
  });
  test('names a message that lost octets, or was not edited as it should be', () => {
    expect(damageOf([whole.subarray(0, -10)], true)).toEqual({ ...unharmed, damaged: [key] });
    expect(damageOf([parcel.content], true)).toEqual({ ...unharmed, damaged: [key] });
  });
  test('names a message nobody sent', () => {
    expect(damageOf([whole, createParcel(2).content], true).invented).toEqual([`${recipient} 000002`]);
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
