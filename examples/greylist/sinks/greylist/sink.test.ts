import { createWorld, fire } from '@sluice/sdk/testing';
import '@sluice/sdk/testing/vitest';
import { day, minute } from '@sluice/sdk';
import { expect, test } from 'vitest';
import sink from './sink.ts';

test('defers an unknown client for five minutes, and knows it for five weeks', async () => {
  const world = createWorld();
  expect(await fire(sink, 'onRcpt', {}, { world })).toDefer('Greylisted');
  world.advance(4 * minute);
  expect(await fire(sink, 'onRcpt', {}, { world })).toDefer();
  world.advance(minute);
  expect(await fire(sink, 'onRcpt', {}, { world })).toPass();
  world.advance(30 * day);
  expect(await fire(sink, 'onRcpt', {}, { world })).toPass();
  world.advance(36 * day);
  expect(await fire(sink, 'onRcpt', {}, { world })).toDefer();
});

test('leaves those alone who logged in', async () => {
  expect(await fire(sink, 'onRcpt', {}, { context: { session: { identity: 'alice@example.test' } } })).toPass();
});
