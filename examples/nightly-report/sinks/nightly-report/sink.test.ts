import { createWorld, fire } from '@sluice/sdk/testing';
import { day } from '@sluice/sdk';
import { expect, test } from 'vitest';
import sink from './sink.ts';

test('reports what the day before brought', async () => {
  const settings = { to: 'alice@example.test' };
  const world = createWorld();
  await fire(sink, 'onDelivered', {}, { settings, world });
  await fire(sink, 'onDelivered', {}, { settings, world });
  await fire(sink, 'onBounced', {}, { settings, world });
  await fire(sink, 'onTimer', { timer: 'report', due: world.now + day }, { settings, world });
  expect(world.submitted).toEqual([
    { to: ['alice@example.test'], subject: 'Mail of 2026-11-23', text: 'delivered: 2\nbounced: 1\n' },
  ]);
});
