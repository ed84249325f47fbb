import { fire } from '@sluice/sdk/testing';
import '@sluice/sdk/testing/vitest';
import { expect, test } from 'vitest';
import sink from './sink.ts';

const settings = { texts: { sales: 'Prices & dates may change.', '*': 'Confidential.' } };
const from = (entry: object) => ({ settings, host: { 'directory.lookup': () => entry } });
const user = (attributes: object) => from({ kind: 'user', address: 'ann@example.test', attributes });

test('appends the text of the department, in both forms', async () => {
  const fired = await fire(sink, 'onArrival', {}, user({ department: 'sales' }));
  expect(fired).toEditOnly('insert-text');
  expect(fired.edits[0]).toMatchObject({ plain: '\n-- \nPrices & dates may change.' });
  expect(fired.edits[0]).toMatchObject({ html: '<hr><p>Prices &amp; dates may change.</p>' });
});

test('appends the general text where the department has none', async () => {
  const fired = await fire(sink, 'onArrival', {}, user({ department: 'legal' }));
  expect(fired.edits[0]).toMatchObject({ plain: '\n-- \nConfidential.' });
});

test('leaves mail from elsewhere as it is', async () => {
  expect(await fire(sink, 'onArrival', {}, from({ kind: 'remote' }))).toEditOnly();
});
