import { fire } from '@sluice/sdk/testing';
import '@sluice/sdk/testing/vitest';
import { expect, test } from 'vitest';
import sink from './sink.ts';

const settings = { to: 'archive@example.test' };

test('adds the archive as a recipient, once', async () => {
  const fired = await fire(sink, 'onArrival', {}, { settings });
  expect(fired.edits).toEqual([{ kind: 'add-recipient', address: 'archive@example.test' }]);
  const envelope = { reversePath: '', recipients: ['Archive@example.test'] };
  expect(await fire(sink, 'onArrival', { envelope }, { settings })).toEditOnly();
});
