import { fire } from '@sluice/sdk/testing';
import '@sluice/sdk/testing/vitest';
import { expect, test } from 'vitest';
import sink from './sink.ts';

test('announces X-HELLO, and answers it', async () => {
  const ehlo = await fire(sink, 'onCommand', { verb: 'EHLO', argument: 'client.example', known: true });
  expect(ehlo.decision).toEqual({ kind: 'next', edits: [{ kind: 'add-capability', line: 'X-HELLO' }] });

  const { decision } = await fire(sink, 'onCommand', { verb: 'X-HELLO', argument: 'world' });
  expect(decision).toMatchObject({ kind: 'reply', reply: { code: 250, status: '2.0.0' } });
  expect(await fire(sink, 'onCommand', { verb: 'X-HELLO', argument: '' })).toReject('Syntax');
});
