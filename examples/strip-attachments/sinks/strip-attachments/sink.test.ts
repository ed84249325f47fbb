import { fire } from '@sluice/sdk/testing';
import '@sluice/sdk/testing/vitest';
import { expect, test } from 'vitest';
import sink from './sink.ts';

test('removes what is dangerous and keeps the rest', async () => {
  const attachments = [
    { filename: 'offer.pdf', type: 'application/pdf', base64: 'JVBERi0=' },
    { filename: 'Offer.EXE ', base64: 'TVo=' },
  ];
  const fired = await fire(sink, 'onArrival', { message: { html: '<p>See there</p>', attachments } });
  expect(fired.edits).toEqual([{ kind: 'remove-part', path: '3', notice: 'The attachment Offer.EXE  was removed.' }]);
  expect(fired).toLog('removed');
});

test('takes other endings from its settings', async () => {
  const message = { attachments: [{ filename: 'a.zip', content: 'x' }] };
  expect(await fire(sink, 'onArrival', { message })).toEditOnly();
  const settings = { endings: ['.zip'] };
  expect(await fire(sink, 'onArrival', { message }, { settings })).toEditOnly('remove-part');
});
