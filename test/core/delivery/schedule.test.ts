import { expect, test } from 'vitest';
import { day, hour, minute, second } from '../../../sdk/durations.ts';
import { deliveryDefaults } from '../../../core/delivery/agent.ts';
import {
  heldUpBy,
  isExpired,
  isFrozenBy,
  waitAfterDefer,
  waitAfterFault,
  waitForTurn,
} from '../../../core/delivery/schedule.ts';

const { retries } = deliveryDefaults;

test.each([
  [0, minute],
  [10 * minute, 5 * minute],
  [3 * hour, hour],
])('a message of age %i that is deferred waits %i', (age, wait) => {
  expect(waitAfterDefer(age, retries)).toBe(wait);
});

test('waits are whole milliseconds at any age: the queue keeps no others', () => {
  expect(waitAfterDefer(10 * minute + 1, retries)).toBe(5 * minute + 1);
  expect([0, 4_001, 9_999, day].map((age) => waitForTurn(age, second, 30 * second))).toEqual([
    1_000, 1_000, 2_500, 30_000,
  ]);
});

test.each([
  [1, 5 * second],
  [2, 10 * second],
  [20, 15 * minute],
])('after fault %i it waits %i', (faults, wait) => {
  expect(waitAfterFault(faults, retries)).toBe(wait);
});

test('faults freeze a message after ten of them, or an hour', () => {
  expect(isFrozenBy(9, retries)).toBe(false);
  expect(isFrozenBy(10, retries)).toBe(true);
  expect(isFrozenBy(3, { ...retries, firstFault: 15 * minute, maxDefer: 30 * minute })).toBe(true);
});

test('the time that faults cost does not count towards expiry', () => {
  expect(isExpired(5 * day, 0, retries)).toBe(true);
  expect(isExpired(5 * day, 3, retries)).toBe(false);
  expect(isExpired(5 * day + heldUpBy(3, retries), 3, retries)).toBe(true);
});
