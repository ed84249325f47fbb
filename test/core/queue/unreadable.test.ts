import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { engines, openHouse, scratchFolder } from '../database/engines.ts';
import { submission } from './submissions.ts';

const [sqlite] = engines;

test('a message nobody can read is put aside, and the others are not kept waiting behind it', async () => {
  await using folder = await scratchFolder();
  {
    await using house = await openHouse(sqlite!, { folder: folder.path });
    for (const traceId of ['no json', 'no session', 'no source', 'good'])
      await house.queue.accept(submission({ traceId }));
  }
  const db = new DatabaseSync(join(folder.path, 'sluice.db'));
  db.exec("UPDATE message SET session = '{' WHERE trace = 'no json'");
  db.exec(`UPDATE message SET session = '{"id":7}' WHERE trace = 'no session'`);
  db.exec("UPDATE message SET source = 'fax' WHERE trace = 'no source'");
  db.close();

  await using house = await openHouse(sqlite!, { folder: folder.path, owner: 'second' });
  expect(await house.queue.claim(10)).toMatchObject([{ traceId: 'good' }]);
  expect(await house.queue.claim(10)).toEqual([]);
  expect(await house.queue.nextDue()).toBe(null);
  expect((await house.queue.list({ state: 'accepted' })).map(({ traceId }) => traceId)).toEqual(['good']);
  await expect(house.queue.list()).rejects.toMatchObject({ code: 'database.corrupt' });
});
