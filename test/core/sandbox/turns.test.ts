import { expect, test } from 'vitest';
import { Cost } from '../../../core/sandbox/cost.ts';
import { bundleOf, openSandbox, rcpt, sinkWith } from './sinks-in-text.ts';

test('a tenant learns what its events cost: the dearer, the fewer in a frame', () => {
  const cost = new Cost();
  expect(cost.fit(5)).toBe(64);
  for (let frame = 0; frame < 50; frame += 1) cost.learn(10, cost.expect(10), 50);
  expect(cost.fit(5)).toBe(1);
  for (let frame = 0; frame < 50; frame += 1) cost.learn(10, cost.expect(10), 0.1);
  expect(cost.fit(5)).toBe(64);
});

test('what a frame took beyond what was expected is owed', () => {
  const cost = new Cost();
  cost.learn(1, cost.expect(1), 30);
  expect(cost.credit).toBeCloseTo(-30);
});

test(
  'one noisy tenant makes another wait for a few turns, not for all it has asked for',
  { timeout: 60_000 },
  async () => {
    const sandbox = await openSandbox();
    const busy = 'for (let at = 0, until = Date.now() + 4; Date.now() < until; at += 1); return recipient;';
    await sandbox.open({ id: 'noisy', bundle: await bundleOf(sinkWith(busy)), settings: {} });
    await sandbox.open({ id: 'quiet', bundle: await bundleOf(sinkWith('return recipient;')), settings: {} });
    const order: string[] = [];
    const ask = async (tenant: string, name: string): Promise<void> => {
      await sandbox.call(rcpt(tenant, name, { deadline: 60_000 }));
      order.push(tenant);
    };
    for (let warm = 0; warm < 30; warm += 1) await ask('noisy', 'warm');
    await ask('quiet', 'warm');
    order.length = 0;
    const noisy = Array.from({ length: 300 }, (_, at) => ask('noisy', `${at}`));
    await ask('quiet', 'x');
    const before = order.indexOf('quiet');
    await Promise.all(noisy);
    expect(order).toHaveLength(301);
    expect(before).toBeLessThan(60);
  },
);
