import { createWorld, fire } from '@sluice/sdk/testing';
import '@sluice/sdk/testing/vitest';
import { expect, test } from 'vitest';
import sink from './sink.ts';

const settings = { url: 'https://users.example/{recipient}' };
const answering = (status: number) =>
  createWorld({ 'http.get': () => ({ kind: 'response', status, headers: {}, body: '' }) });

test('takes whom the service knows, and asks once', async () => {
  const world = answering(200);
  expect(await fire(sink, 'onRcpt', {}, { settings, world })).toPass();
  const again = await fire(sink, 'onRcpt', {}, { settings, world });
  expect(again.calls).toEqual(['kv.get']);
  world.advance(300_000);
  expect((await fire(sink, 'onRcpt', {}, { settings, world })).calls).toContain('http.get');
});

test('refuses whom it does not know', async () => {
  expect(await fire(sink, 'onRcpt', {}, { settings, world: answering(404) })).toReject('No such user');
});

test('defers, and remembers nothing, while the service is down', async () => {
  const world = createWorld({ 'http.get': () => ({ kind: 'failed', reason: 'timeout' }) });
  expect(await fire(sink, 'onRcpt', {}, { settings, world })).toDefer('Try again later');
  expect(world.kv.size).toBe(0);
});
