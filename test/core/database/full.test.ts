import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deliverAll, mailbox } from '../queue/deliver.ts';
import { submission } from '../queue/submissions.ts';
import { engines, openHouse, type House } from './engines.ts';

/** A file system of its own that is soon full; null where this user may not mount one. */
async function smallDisk(size: string): Promise<(AsyncDisposable & { readonly path: string }) | null> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-disk-'));
  const release = async (): Promise<void> => rm(path, { recursive: true, force: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', path], { stdio: 'ignore' });
  } catch {
    await release();
    return null;
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      execFileSync('umount', [path]);
      await release();
    },
  };
}

const canMount = await smallDisk('1m').then(async (disk) => {
  await disk?.[Symbol.asyncDispose]();
  return disk !== null;
});

/** Accepts until nothing fits any more. @returns the trace ids that were answered, and the fault of the first that was not */
async function fill({ queue, database }: House, size: number): Promise<{ accepted: string[]; fault: unknown }> {
  const accepted: string[] = [];
  for (let n = 0; n < 100_000; n += 1) {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, async (_, at) => {
        const traceId = `${n}-${at}`;
        await queue.accept(submission({ traceId, content: await database.content.write(Buffer.alloc(size, traceId)) }));
        accepted.push(traceId);
      }),
    );
    const failed = results.find((one) => one.status === 'rejected');
    if (failed) return { accepted, fault: failed.reason };
  }
  throw new Error('the disk has no end');
}

async function acceptedIds(house: House): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let page = await house.queue.list(); page.length > 0; page = await house.queue.list({ after: page.at(-1)!.id }))
    ids.push(...page.map(({ traceId }) => traceId));
  return ids.sort();
}

describe.each(engines)('a full disk ($name)', (engine) => {
  test('accept() is database.full, what was accepted stays, and removing a message makes room', async () => {
    await using house = await openHouse(engine, { maxPages: 200 });
    const { accepted, fault } = await fill(house, 3_000);
    expect(fault).toMatchObject({ code: 'database.full', temporary: true });
    expect(accepted.length).toBeGreaterThan(50);
    expect(await acceptedIds(house)).toEqual(accepted.sort());

    for (const { id } of (await house.queue.list()).slice(0, 10)) await house.queue.remove(id);
    await house.queue.accept(submission({ content: { kind: 'inline', octets: Buffer.alloc(3_000) } }));
  });

  test.runIf(canMount).each([3_000, 70_000])('no space left for messages of %i octets', async (size) => {
    await using disk = await smallDisk('8m');
    if (!disk) throw new Error('could mount a moment ago');
    const ballast = join(disk.path, 'ballast');
    writeFileSync(ballast, Buffer.alloc(5_000_000));
    const folder = join(disk.path, 'data');
    await using house = await openHouse(engine, { folder });

    const { accepted, fault } = await fill(house, size);
    expect(fault).toMatchObject({ code: 'database.full', temporary: true });
    expect(accepted.length).toBeGreaterThan(5);
    expect(await acceptedIds(house)).toEqual(accepted.sort());
    expect(readdirSync(join(folder, 'content'))).toHaveLength(size > 65_536 ? accepted.length : 0);

    rmSync(ballast);
    await house.queue.accept(submission({ traceId: 'after' }));
    await using next = await house.restart();
    const claimed = await next.queue.claim(10_000);
    expect(claimed.map(({ traceId }) => traceId).sort()).toEqual([...accepted, 'after'].sort());
    await deliverAll(next, claimed.slice(0, 5));
    expect(await next.store.list(mailbox)).toHaveLength(5);
  });

  test.runIf(canMount)('a commit that fails fails every operation in it, and none of them has happened', async () => {
    await using disk = await smallDisk('2m');
    if (!disk) throw new Error('could mount a moment ago');
    const folder = join(disk.path, 'data');
    await using house = await openHouse(engine, { folder });
    const content = { kind: 'inline', octets: Buffer.alloc(60_000) } as const;
    const tooMuch = Array.from({ length: 64 }, () => house.queue.accept(submission({ content })));
    const outcomes = await Promise.allSettled(tooMuch);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(outcomes[0]).toMatchObject({ reason: { code: 'database.full' } });
    expect(await house.queue.list()).toEqual([]);
    await house.queue.accept(submission());
  });
});
