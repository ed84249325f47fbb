import { createWorld, fire } from '@sluice/sdk/testing';
import '@sluice/sdk/testing/vitest';
import { expect, test } from 'vitest';
import sink from './sink.ts';

test('numbers one message after the other', async () => {
  const world = createWorld();
  await fire(sink, 'onArrival', {}, { world });
  const fired = await fire(sink, 'onArrival', { message: { subject: 'Printer is on fire' } }, { world });
  expect(fired.edits).toEqual([{ kind: 'set-field', name: 'Subject', value: '[#2] Printer is on fire' }]);
});

test('leaves a reply its number', async () => {
  const fired = await fire(sink, 'onArrival', { message: { subject: 'Re: [#2] Printer is on fire' } });
  expect(fired).toEditOnly();
  expect(fired.calls).toEqual([]);
});
