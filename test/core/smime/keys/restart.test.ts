import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openKeystore } from '../../../../core/smime/keystore.ts';
import { pemOf } from '../../../support/smime-mail.ts';

test('the thread of the keys that ended by itself fails what was asked, is started again, and the fault is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-restart-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'passphrase'), 'correct horse');
  let now = Date.UTC(2027, 0, 1);
  const keystore = await openKeystore({
    folder: join(folder, 'keys'),
    passphrase: { kind: 'file', path: join(folder, 'passphrase') },
    cost: { N: 2 ** 10, r: 8, p: 1 },
    now: () => now,
    worker: new URL('dying-worker.ts', import.meta.url),
  });
  if ('kind' in keystore) throw new Error(keystore.text);
  onTestFinished(() => keystore[Symbol.asyncDispose]());
  const source = { kind: 'octets', octets: new Uint8Array(pemOf('p256')) } as const;
  const imported = await keystore.importKeys({ source, password: null, owner: null });
  if (imported.kind === 'refused') throw new Error(imported.text);
  const id = imported.entries[0]?.id ?? '';
  expect(keystore.problems()).toEqual([]);

  await expect(keystore.removeKey('die')).rejects.toMatchObject({ code: 'keys.unavailable' });
  // A thread that does not stay is not started in a circle.
  await expect(keystore.removeKey(id)).rejects.toMatchObject({ code: 'keys.unavailable' });
  now += 2_000;
  expect(await keystore.testKey(id)).toEqual({ signs: true, decrypts: true, problem: null });
  expect(keystore.problems()).toEqual([
    expect.stringMatching(/^the thread of the keys ended once, the last time at 2027-01-01T/),
  ]);
});
