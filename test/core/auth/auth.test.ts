import { expect, test } from 'vitest';
import { openAuth } from '../../../core/auth/auth.ts';
import { createGate } from '../../../core/auth/gate.ts';
import { hashPassword, isPassword } from '../../../core/auth/password.ts';
import { createThrottle } from '../../../core/auth/throttle.ts';
import type { Directory } from '../../../core/directory/directory.ts';

const now = (): number => 0;
const from = '192.0.2.1';
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
  const auth = openAuth(directory, { now });
  expect(await auth.verify('BOB@example.test', 'correct horse', from)).toEqual({
    kind: 'right',
    user: 'bob@example.test',
  });
  expect(await auth.verify('bob@example.test', 'wrong', from)).toEqual({ kind: 'wrong' });
  expect(await auth.verify('eve@example.test', 'correct horse', from)).toEqual({ kind: 'wrong' });
  expect(await auth.verify('', '', from)).toEqual({ kind: 'wrong' });
  expect(directory.asked).toHaveLength(4);
});

test('verify() does the same work for an unknown user: one derivation with the same cost', async () => {
  const auth = openAuth(oneUser(), { now });
  await auth.verify('eve@example.test', 'x', from); // makes the decoy
  const work = async (user: string): Promise<number> => {
    const before = process.cpuUsage();
    await auth.verify(user, 'wrong', from);
    const { user: cpu } = process.cpuUsage(before);
    return cpu;
  };
  const [known, unknown] = [await work('bob@example.test'), await work('eve@example.test')];
  // Not a time limit: a path that leaves the derivation out would be some hundred times cheaper.
  expect(unknown / known).toBeGreaterThan(0.2);
  expect(known / unknown).toBeGreaterThan(0.2);
});

test('verify() beyond what may wait is auth.busy, and the others get their turn', async () => {
  const auth = openAuth(oneUser(), { now, parallel: 1, waiting: 1 });
  await auth.verify('bob@example.test', 'x', from);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 3 }, () => auth.verify('bob@example.test', 'correct horse', from)),
  );
  expect(outcomes).toMatchObject([
    { value: { kind: 'right', user: 'bob@example.test' } },
    { value: { kind: 'right', user: 'bob@example.test' } },
    { reason: { code: 'auth.busy', temporary: true } },
  ]);
});

test('hashPassword() salts, and isPassword() tells right from wrong, also for what is no hash', async () => {
  expect(await hashPassword('correct horse')).not.toBe(hash);
  expect(await isPassword('correct horse', hash)).toBe(true);
  expect(await isPassword('correct horsf', hash)).toBe(false);
  for (const broken of [
    '',
    'plain',
    (hash.split(' ')[0] ?? '').slice(0, -4),
    hash.replace('16384', '0'),
    'scrypt$x$8$5$AA==$AA==',
  ])
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

test('an address that failed too often is held until the window is over; an IPv6 client counts as its /64', () => {
  let at = 0;
  const throttle = createThrottle({ most: 2, window: 1_000, addresses: 2, now: () => at });
  throttle.failed('2001:db8:1:2::1');
  expect(throttle.isHeld('2001:db8:1:2::1')).toBe(false);
  throttle.failed('2001:DB8:1:2:ffff::9');
  expect(throttle.isHeld('2001:db8:1:2:3:4:5:6')).toBe(true);
  expect(throttle.isHeld('2001:db8:1:3::1')).toBe(false);
  at = 1_000;
  expect(throttle.isHeld('2001:db8:1:2::1')).toBe(false);
});

test('failures are forgotten after a success, and the oldest address when there are too many', () => {
  const throttle = createThrottle({ most: 1, addresses: 2, now });
  throttle.failed('192.0.2.1');
  throttle.failed('192.0.2.2');
  throttle.failed('192.0.2.3');
  expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((one) => throttle.isHeld(one))).toEqual([false, true, true]);
  throttle.succeeded('192.0.2.2');
  expect(throttle.isHeld('192.0.2.2')).toBe(false);
});

test('verify() looks at no password from an address with twenty failures, and at those of others', async () => {
  const auth = openAuth(oneUser(), { now, parallel: 4 });
  for (let at = 0; at < 20; at++) await auth.verify('eve@example.test', 'x', from);
  expect(await auth.verify('bob@example.test', 'correct horse', from)).toEqual({ kind: 'held' });
  expect(await auth.verify('bob@example.test', 'correct horse', '192.0.2.2')).toMatchObject({ kind: 'right' });
}, 60_000);
