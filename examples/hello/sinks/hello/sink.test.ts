import { fire } from '@sluice/sdk/testing';
import '@sluice/sdk/testing/vitest';
import { expect, test } from 'vitest';
import sink from './sink.ts';

test('says hello to the first recipient', async () => {
  const fired = await fire(sink, 'onArrival', { message: { subject: 'Lunch?' } });
  expect(fired).toPass();
  expect(fired.edits).toEqual([{ kind: 'prepend-field', name: 'X-Hello', value: 'Hello, bob@example.test' }]);
  expect(fired).toLog('said hello');
});

test('touches nothing a signature covers', async () => {
  expect(await fire(sink, 'onArrival', { message: { protection: 'signed' } })).toKeepSignature();
});
