import { expect, test } from 'vitest';
import { openAuth } from '../../../core/auth/auth.ts';
import { createGate } from '../../../core/auth/gate.ts';
import { hashPassword, isPassword } from '../../../core/auth/password.ts';
import type { Directory } from '../../../core/directory/directory.ts';

const hash = await hashPassword('correct horse');

/** One user, `bob@example.test`; notes which hashes are asked for. */
function oneUser(): Pick<Directory, 'resolve' | 'passwordOf'> & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve: (address) =>
      Promise.resolve(
        address.toLowerCase() === 'bob@example.test'
          ? { kind: 'user', user: 'bob@example.test', mailbox: 'bob@example.test/INBOX' }
          : { kind: 'unknown' },
      ),
    passwordOf(user) {
      asked.push(user);
      return Promise.resolve(user === 'bob@example.test' ? hash : null);
    },
  };
}

test('verify() answers the canonical address for the right password, and null for everything else', async () => {
  const directory = oneUser();
  const auth = openAuth(directory);
  expect(await auth.verify('BOB@example.test', 'correct horse')).toBe('bob@example.test');
  expect(await auth.verify('bob@example.test', 'wrong')).toBe(null);
  expect(await auth.verify('eve@example.test', 'correct horse')).toBe(null);
  expect(await auth.verify('', '')).toBe(null);
  expect(directory.asked).toHaveLength(4);
});

test('verify() does the same work for an unknown user: one derivation with the same cost', async () => {
  const auth = openAuth(oneUser());
  await auth.verify('eve@example.test', 'x'); // makes the decoy
  const work = async (user: string): Promise<number> => {
    const before = process.cpuUsage();
    await auth.verify(user, 'wrong');
    const { user: cpu } = process.cpuUsage(before);
    return cpu;
  };
  const [known, unknown] = [await work('bob@example.test'), await work('eve@example.test')];
  // Not a time limit: a path that leaves the derivation out would be some hundred times cheaper.
  expect(unknown / known).toBeGreaterThan(0.2);
  expect(known / unknown).toBeGreaterThan(0.2);
});

test('verify() beyond what may wait is auth.busy, and the others get their turn', async () => {
  const auth = openAuth(oneUser(), { parallel: 1, waiting: 1 });
  await auth.verify('bob@example.test', 'x');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 3 }, () => auth.verify('bob@example.test', 'correct horse')),
  );
  expect(outcomes).toMatchObject([
    { value: 'bob@example.test' },
    { value: 'bob@example.test' },
    { reason: { code: 'auth.busy', temporary: true } },
  ]);
});

test('hashPassword() salts, and isPassword() tells right from wrong, also for what is no hash', async () => {
  expect(await hashPassword('correct horse')).not.toBe(hash);
  expect(await isPassword('correct horse', hash)).toBe(true);
  expect(await isPassword('correct horsf', hash)).toBe(false);
  for (const broken of ['', 'plain', hash.slice(0, -4), hash.replace('16384', '0'), 'scrypt$x$8$5$AA==$AA=='])
    expect(await isPassword('correct horse', broken)).toBe(false);
});

test('a gate lets no more run than it says, in the order they came, and goes on after a failure', async () => {
  const gate = createGate(2, 10);
  const doors = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const all = doors.map(({ promise }, n) =>
    gate(async () => {
      started.push(n);
      await promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  doors[1]?.reject(new Error('failed'));
  await expect(all[1]).rejects.toThrow('failed');
  expect(started).toEqual([0, 1, 2]);
  for (const { resolve } of doors) resolve();
  await Promise.allSettled(all);
  expect(started).toEqual([0, 1, 2, 3, 4]);
});
