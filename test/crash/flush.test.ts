import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFreePorts } from '../support/ports.ts';
import { startSluice } from '../support/sluice-process.ts';
import { deliverRound } from './courier.ts';
import { nothingSurvives, replayDisk, type Disk, type Survives } from './disk.ts';
import { acknowledgementsIn, findUnflushed, type Acknowledgement } from './flushed.ts';
import { createLedger, unharmed, type Damage, type Ledger } from './ledger.ts';
import { readMailboxes, untilQueueIsEmpty, type Passwords } from './mailboxes.ts';
import { createParcel, type Parcel } from './parcel.ts';
import { createRandom } from './random.ts';
import { hasStrace, readTrace, straceInto } from './strace.ts';

const isLong = process.env['LONG'] !== undefined;
const messages = isLong ? 400 : 150;
const cuts = isLong ? 200 : 12;
const seed = Number(process.env['SEED'] ?? 2026);
const minutes = 60_000;

/** Everything that happened to the data folder while messages were taken and delivered. */
type Run = {
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
    expect(findUnflushed(run.disk, run.acknowledgements, run.parcels)).toEqual([]);
  });

  test(
    `${cuts} power cuts that drop everything since the last flush lose no acknowledged message`,
    { timeout: 20 * minutes },
    async () => {
      for (const at of instantsToCut(run))
        expect([at, await damageOfCut(run, at, nothingSurvives)]).toEqual([at, unharmed]);
    },
  );

  test(
    `${cuts} power cuts that keep and tear unflushed writes at random lose no acknowledged message (SEED=${seed})`,
    { timeout: 20 * minutes },
    async () => {
      const random = createRandom(seed);
      const survives = () => random.next() < 0.5;
      for (const at of instantsToCut(run)) expect([at, await damageOfCut(run, at, survives)]).toEqual([at, unharmed]);
    },
  );

  async function damageOfCut(
    { disk, ledger, passwords, ...said }: Run,
    at: number,
    survives: Survives,
  ): Promise<Damage> {
    const folder = await mkdtemp(join(scratch, 'cut-'));
    for (const [path, octets] of disk.cut(at, survives)) {
      await mkdir(join(folder, 'data', dirname(path)), { recursive: true });
      await writeFile(join(folder, 'data', path), octets);
    }
    const [smtp = 0, pop3 = 0] = await findFreePorts(2);
    await using sluice = await startSluice({ folder, smtp, pop3 });
    await sluice.ready();
    await untilQueueIsEmpty(sluice);
    const account = ledger.openAccount();
    await readMailboxes(sluice, passwords, account, false);
    const due = said.acknowledgements
      .filter(({ entered }) => entered < at)
      .map(({ name }) => said.parcels.get(name)?.id);
    await sluice.kill();
    await rm(folder, { recursive: true });
    return account.damage(new Set(due.filter((id) => id !== undefined)));
  }
});

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
  const disk = replayDisk(calls, join(folder, 'data'));
  return { disk, acknowledgements: acknowledgementsIn(calls), parcels, ledger, passwords };
}

/** Half of them right after a promise was made, where a missing flush shows; the others anywhere after the first promise. */
function instantsToCut({ disk, acknowledgements }: Run): readonly number[] {
  const random = createRandom(seed);
  const promises = acknowledgements.map(({ entered }) => entered + 1);
  const first = Math.min(...promises);
  const anywhere = disk.instants.filter((at) => at > first);
  const pick = (list: readonly number[]): number => list[random.between(0, list.length - 1)] ?? first;
  return Array.from({ length: cuts }, (_, at) => pick(at % 2 === 0 ? promises : anywhere)).toSorted((a, b) => a - b);
}
