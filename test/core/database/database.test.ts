import { existsSync, statSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../core/database/database.ts';
import { engines, scratchFolder, silent } from './engines.ts';
import type * as laws from './laws.ts';

type Laws = typeof laws.writes & typeof laws.reads;
const own = [new URL('laws.ts', import.meta.url)];

describe.each(engines)('database ($name)', (engine) => {
  test('an operation that throws takes back its own changes and leaves its neighbours alone', async () => {
    await using folder = await scratchFolder();
    await using database = await engine.open(folder.path, { operations: own });
    const law = database.operations<Laws>('laws');

    const outcomes = await Promise.allSettled([law.write(1), law.writeThenThrow(2), law.write(3), law.write(3)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'queue.fence', context: { n: 2 } } });
    expect(outcomes[3]).toMatchObject({ reason: { code: 'database.unavailable' } });
    expect(await law.numbers()).toEqual([1, 3]);
  });

  test('operations run strictly in the order they were asked for', async () => {
    await using folder = await scratchFolder();
    await using database = await engine.open(folder.path, { operations: own });
    const law = database.operations<Laws>('laws');
    const seen = await Promise.all(Array.from({ length: 2_000 }, (_, n) => law.write(n).then(() => law.countInside())));
    expect(seen.every((count) => count >= 1)).toBe(true);
    const counts = [law.countInside(), law.write(5_000), law.countInside()];
    expect(await Promise.all(counts)).toEqual([2_000, 5_000, 2_001]);
  });

  test('what was answered is there after a restart', async () => {
    await using folder = await scratchFolder();
    {
      await using database = await engine.open(folder.path, { operations: own });
      await database.operations<Laws>('laws').write(7);
    }
    await using database = await engine.open(folder.path, { operations: own });
    expect(await database.operations<Laws>('laws').numbers()).toEqual([7]);
  });

  test('a read cannot write', async () => {
    await using folder = await scratchFolder();
    await using database = await engine.open(folder.path, { operations: own });
    const law = database.operations<Laws>('laws');
    await law.write(1);
    await expect(law.cheat()).rejects.toMatchObject({ code: 'database.unavailable' });
    expect(await law.numbers()).toEqual([1]);
  });

  test('closing answers what was asked before, and refuses what comes after', async () => {
    await using folder = await scratchFolder();
    const database = await engine.open(folder.path, { operations: own });
    const law = database.operations<Laws>('laws');
    const before = [law.write(1), law.write(2), law.numbers()];
    await database[Symbol.asyncDispose]();
    expect(await Promise.all(before)).toHaveLength(3);
    await expect(law.write(3)).rejects.toMatchObject({ code: 'database.unavailable' });
  });

  test('a thread that ends by itself fails what was waiting and what comes, says so, and can be closed', async () => {
    await using folder = await scratchFolder();
    const ends: string[] = [];
    const onEnd = ({ code }: { code: string }): void => void ends.push(code);
    await using database = await engine.open(folder.path, { operations: own, onEnd });
    const law = database.operations<Laws>('laws');
    const unavailable = { status: 'rejected', reason: { code: 'database.unavailable', temporary: true } };
    expect(await Promise.allSettled([law.exit(), law.write(1)])).toMatchObject([unavailable, unavailable]);
    expect(await Promise.allSettled([law.write(2)])).toMatchObject([unavailable]);
    expect(ends).toEqual(['database.unavailable']);
  });

  test('a full disk refuses with database.full, keeps what it has, and goes on when there is space again', async () => {
    await using folder = await scratchFolder();
    await using database = await engine.open(folder.path, { operations: own, maxPages: 64 });
    const law = database.operations<Laws>('laws');
    const fits = law.write(1);
    const tooLarge = law.writeLarge({ n: 2, size: 1_000_000 });
    const alsoFits = law.write(3);
    await expect(tooLarge).rejects.toMatchObject({ code: 'database.full', temporary: true });
    expect(await Promise.all([fits, alsoFits])).toEqual([1, 3]);

    for (let n = 10; (await attempt(law.writeLarge({ n, size: 10_000 }))) !== 'database.full'; n += 1)
      expect(n).toBeLessThan(100);
    await law.clear();
    await law.writeLarge({ n: 4, size: 50_000 });
    expect(await law.numbers()).toEqual([4]);
  });
});

test('an operation is answered only when another connection can see what it committed', async () => {
  await using folder = await scratchFolder();
  await using database = await openDatabase({ folder: folder.path, operations: own, log: silent });
  const law = database.operations<Laws>('laws');
  const outside = new DatabaseSync(join(folder.path, 'sluice.db'), { readOnly: true });
  const see = outside.prepare('SELECT 1 AS seen FROM law WHERE n = ?');
  const seen = await Promise.all(
    Array.from({ length: 500 }, async (_, n) => see.get(await law.write(n)) !== undefined),
  );
  outside.close();
  expect(seen).toEqual(Array.from({ length: 500 }, () => true));
});

test('folders are 0700 and files 0600, whatever they were before', async () => {
  await using folder = await scratchFolder();
  await using database = await openDatabase({ folder: join(folder.path, 'deep/data'), operations: own, log: silent });
  await database.operations<Laws>('laws').write(1);
  const data = join(folder.path, 'deep/data');
  const modes = readdirSync(data).map((name) => [name, (statSync(join(data, name)).mode & 0o777).toString(8)]);
  expect(Object.fromEntries(modes)).toEqual({
    content: '700',
    lock: '600',
    pid: '600',
    'sluice.db': '600',
    'sluice.db-shm': '600',
    'sluice.db-wal': '600',
  });
  expect((statSync(data).mode & 0o777).toString(8)).toBe('700');
});

test('a content file is removed after the commit, and only then', async () => {
  await using folder = await scratchFolder();
  await using database = await openDatabase({ folder: folder.path, operations: own, log: silent });
  const law = database.operations<Laws>('laws');
  const file = join(folder.path, 'content/one');
  writeFileSync(file, 'x');
  await Promise.allSettled([law.dropThenThrow('one'), law.write(1)]);
  expect(existsSync(file)).toBe(true);
  await law.drop('one');
  await law.write(2); // the file goes right after the answer: the next answer comes later
  expect(existsSync(file)).toBe(false);
});

test('openDatabase() refuses a data folder a newer version has written', async () => {
  await using folder = await scratchFolder();
  await (await openDatabase({ folder: folder.path, operations: own, log: silent }))[Symbol.asyncDispose]();
  const db = new DatabaseSync(join(folder.path, 'sluice.db'));
  expect(db.prepare("SELECT step FROM migration WHERE part = 'laws'").all()).toEqual([{ step: 1 }]);
  db.exec("INSERT INTO migration (part, step) VALUES ('laws', 2)");
  db.close();
  await expect(openDatabase({ folder: folder.path, operations: own, log: silent })).rejects.toMatchObject({
    code: 'data.newer',
    context: { part: 'laws', step: 2 },
  });
});

async function attempt(operation: Promise<unknown>): Promise<string> {
  return await operation.then(
    () => 'done',
    (fault: { code: string }) => fault.code,
  );
}
