import { createWorld, fire } from '@sluice/sdk/testing';
import '@sluice/sdk/testing/vitest';
import { day } from '@sluice/sdk';
import { expect, test } from 'vitest';
import sink from './sink.ts';

const settings = { text: 'Back on Monday.' };

test('answers a person once a week', async () => {
  const world = createWorld();
  await fire(sink, 'onArrival', { message: { subject: 'Lunch?' } }, { settings, world });
  await fire(sink, 'onArrival', { message: { subject: 'Dinner?' } }, { settings, world });
  expect(world.submitted).toEqual([
    {
      to: ['ann@client.example'],
      subject: 'Out of office: Lunch?',
      text: 'Back on Monday.',
      fields: [['In-Reply-To', '<test@client.example>']],
    },
  ]);
  world.advance(8 * day);
  await fire(sink, 'onArrival', {}, { settings, world });
  expect(world.submitted).toHaveLength(2);
});

test.each([
  ['a report', { envelope: { reversePath: '', recipients: ['bob@example.test'] } }],
  ['a machine', { message: { fields: { 'Auto-Submitted': 'auto-replied' } } }],
  ['a list', { message: { fields: { 'List-Id': 'news.example' } } }],
])('never answers %s', async (_, payload) => {
  const world = createWorld();
  await fire(sink, 'onArrival', payload, { settings, world });
  expect(world.submitted).toEqual([]);
});
