import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFreePorts } from '../support/ports.ts';
import { startSluice } from '../support/sluice-process.ts';
import { readAtRest } from './at-rest.ts';
import { deliverRound } from './courier.ts';
import { nothingSurvives, replayDisk, type Disk, type Survives } from './disk.ts';
import { acknowledgementsIn, findUnflushed, type Acknowledgement } from './flushed.ts';
import { createLedger, unharmed, type Ledger } from './ledger.ts';
import { readMailboxes, untilQueueIsEmpty, type Passwords } from './mailboxes.ts';
import { createParcel, type Parcel } from './parcel.ts';
import { createRandom } from './random.ts';
import { hasStrace, readTrace, straceInto, type Call } from './strace.ts';

const isLong = process.env['LONG'] !== undefined;
/** Enough for the log to be copied into the database file at least once. */
const messages = isLong ? 1_400 : 700;
/** Power cuts after which the storage is read, and those after which the whole of Sluice starts again and delivers. */
const cuts = isLong ? 200 : 60;
const restarts = isLong ? 20 : 2;
const seed = Number(process.env['SEED'] ?? 2026);
const minutes = 60_000;

/** Everything that happened to the data folder while messages were taken and delivered. */
type Run = {
  readonly folder: string;
  readonly calls: readonly Call[];
  readonly disk: Disk;
  readonly acknowledgements: readonly Acknowledgement[];
  /** Acknowledged messages, by the name in the reply. */
  readonly parcels: ReadonlyMap<string, Parcel>;
  readonly ledger: Ledger;
  readonly passwords: Passwords;
};

describe.skipIf(!hasStrace())('under strace (a Debian package; skipped where it is missing)', () => {
  let scratch = '';
  let run: Run;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'sluice-flush-'));
    run = await traceSluice(join(scratch, 'traced'));
  }, 2 * minutes);
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  test('every 250 to end-of-data is written after a flush of all octets of that message returned', () => {
    expect(run.acknowledgements.map(({ name }) => name).toSorted()).toEqual([...run.parcels.keys()].toSorted());
    expect(run.parcels.size).toBe(messages);
    expect(copiesOf(run).length).toBeGreaterThan(100);
    expect(findUnflushed(run.disk, run.acknowledgements, run.parcels)).toEqual([]);
  });

  test(
    `${cuts} power cuts that drop everything since the last flush lose no acknowledged message`,
    { timeout: 10 * minutes },
    async () => {
      for (const at of instantsToCut(run, cuts)) {
        const data = await cutPower(run, at, nothingSurvives);
        const account = run.ledger.openAccount();
        await readAtRest(data, account);
        expect([at, account.damage(promisedBy(run, at))]).toEqual([at, unharmed]);
      }
    },
  );

  test(
    `${cuts} power cuts that keep and tear unflushed writes at random lose no acknowledged message (SEED=${seed})`,
    { timeout: 10 * minutes },
    async () => {
      const random = createRandom(seed);
      for (const at of instantsToCut(run, cuts)) {
        const data = await cutPower(run, at, () => random.next() < 0.5);
        const account = run.ledger.openAccount();
        await readAtRest(data, account);
        expect([at, account.damage(promisedBy(run, at))]).toEqual([at, unharmed]);
      }
    },
  );

  test('the same checks do find it when the flushes of the second half are taken out of the trace', async () => {
    const { calls, folder, acknowledgements, parcels, ledger } = run;
    const half = acknowledgements[Math.floor(messages / 2)]?.entered ?? 0;
    const kept = calls.filter(({ name, entered }) => entered < half || !/^f(data)?sync$/.test(name));
    const broken = { ...run, disk: replayDisk(kept, folder) };
    expect(findUnflushed(broken.disk, acknowledgements, parcels).length).toBeGreaterThan(messages / 3);

    const last = Math.max(...acknowledgements.map(({ entered }) => entered)) + 1;
    const account = ledger.openAccount();
    await readAtRest(await cutPower(broken, last, nothingSurvives), account);
    expect(account.damage(promisedBy(broken, last)).lost.length).toBeGreaterThan(messages / 3);
  });

  test(
    `after a power cut Sluice starts and delivers every acknowledged message exactly once, ${restarts} times`,
    { timeout: 10 * minutes },
    async () => {
      for (const at of instantsToCut(run, restarts)) {
        const folder = dirname(await cutPower(run, at, nothingSurvives));
        const [smtp = 0, pop3 = 0] = await findFreePorts(2);
        await using sluice = await startSluice({ folder, smtp, pop3 });
        await sluice.ready();
        await untilQueueIsEmpty(sluice);
        const account = run.ledger.openAccount();
        await readMailboxes(sluice, run.passwords, account, false);
        expect([at, account.damage(promisedBy(run, at))]).toEqual([at, unharmed]);
      }
    },
  );

  /** Makes the data folder anew as the disk would hold it. @returns the folder; only the last one is kept */
  async function cutPower({ disk }: Run, at: number, survives: Survives): Promise<string> {
    const data = join(scratch, 'cut', 'data');
    await rm(dirname(data), { recursive: true, force: true });
    await mkdir(data, { recursive: true });
    for (const [path, octets] of disk.cut(at, survives)) {
      await mkdir(join(data, dirname(path)), { recursive: true });
      await writeFile(join(data, path), octets);
    }
    return data;
  }
});

/** The parcels whose acknowledgement had been written before the power went. */
function promisedBy({ acknowledgements, parcels }: Run, at: number): ReadonlySet<string> {
  const names = acknowledgements.filter(({ entered }) => entered < at).map(({ name }) => name);
  return new Set(names.flatMap((name) => parcels.get(name)?.id ?? []));
}

/** Sends messages to a Sluice under strace, waits until they are delivered, and ends it without letting it tidy up. */
async function traceSluice(folder: string): Promise<Run> {
  const trace = join(folder, 'trace');
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  await mkdir(folder);
  await using sluice = await startSluice({ folder, smtp, pop3, under: straceInto(trace) });
  await sluice.ready();
  const ledger = createLedger();
  const parcels = new Map<string, Parcel>();
  let number = 0;
  await deliverRound({
    port: smtp,
    connections: 10,
    ledger,
    next: () => (number < messages ? createParcel((number += 1)) : null),
    onAccepted: (parcel, text) => parcels.set(/queued as (\S+)/.exec(text)?.[1] ?? text, parcel),
  });
  await untilQueueIsEmpty(sluice);
  const passwords = sluice.passwords();
  await sluice.kill();

  const calls = await readTrace(trace);
  const data = join(folder, 'data');
  return {
    folder: data,
    calls,
    disk: replayDisk(calls, data),
    acknowledgements: acknowledgementsIn(calls),
    parcels,
    ledger,
    passwords,
  };
}

/** When the log was being copied into the database file, after the first promise: where a torn page would hurt. */
function copiesOf({ disk, acknowledgements }: Run): readonly number[] {
  const first = acknowledgements[0]?.entered ?? 0;
  const copies = disk.writes.filter(({ path, entered }) => path.endsWith('/sluice.db') && entered > first);
  return copies.map(({ returned }) => returned);
}

/** A third right after a promise was made, where a missing flush shows; a third while the log is copied; a third anywhere. */
function instantsToCut(run: Run, count: number): readonly number[] {
  const random = createRandom(seed);
  const promises = run.acknowledgements.map(({ entered }) => entered + 1);
  const first = Math.min(...promises);
  const lists = [promises, copiesOf(run), run.disk.instants.filter((at) => at > first)];
  const pick = (list: readonly number[] = []): number => list[random.between(0, list.length - 1)] ?? first;
  return Array.from({ length: count }, (_, at) => pick(lists[at % lists.length])).toSorted((a, b) => a - b);
}
