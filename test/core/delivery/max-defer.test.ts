import { expect, test } from 'vitest';
import * as sdk from '../../../sdk/index.ts';
import { Fault } from '../../../core/errors.ts';
import { bindingOf } from '../../support/bindings.ts';
import { hasty, openOffice, type OfficeOptions } from './post-office.ts';

const editing = (said: object) =>
  bindingOf({ events: ['onArrival'], maxDefer: '4ms', ...said }, { events: ['onArrival'], role: 'edits' });
const failing = (): never => {
  throw new Fault('sandbox.breaker');
};
const office = (said: object, more: OfficeOptions = {}) =>
  openOffice({ bindings: [editing(said)], answer: failing, ...more });

test('mail goes on without a sink that still fails after maxDefer, if the binding says so, and that is counted', async () => {
  await using post = await office({ afterMaxDefer: 'send-unedited' });
  await post.send({ traceId: 'first' });
  expect(await post.quiet()).toEqual([]);
  expect(await post.mail()).toHaveLength(1);
  // Waits of 1, 2 and 4 ms: the fourth time it has waited long enough.
  expect(post.calls).toHaveLength(4);
  const { counts, sends } = await post.house.queue.missed();
  expect(counts).toMatchObject([{ binding: 'mx/probe/probe', count: 1 }]);
  expect(sends).toMatchObject([
    { traceId: 'first', binding: 'mx/probe/probe', revision: 'abc', fault: 'sandbox.breaker' },
  ]);
});

test('the others are asked all the same, and their edits are in the mail', async () => {
  const other = bindingOf(
    { name: 'other', events: ['onArrival'], priority: 30_000 },
    { events: ['onArrival'], role: 'edits' },
  );
  await using post = await office(
    {},
    {
      bindings: [editing({ afterMaxDefer: 'send-unedited' }), other],
      answer: ({ binding }) => (binding.name === 'other' ? sdk.next(sdk.appendField('X-Mark', 'once')) : failing()),
    },
  );
  await post.send();
  expect(await post.quiet()).toEqual([]);
  expect((await post.mail())[0]?.match(/X-Mark/g)).toHaveLength(1);
});

test('with quarantine it waits there for an operator', async () => {
  await using post = await office({ afterMaxDefer: 'quarantine' });
  await post.send();
  expect(await post.quiet()).toMatchObject([
    { state: 'quarantine', reason: 'mx/probe/probe: sandbox.breaker, after 4 faults' },
  ]);
  expect((await post.house.queue.missed()).counts).toEqual([]);
});

test('with report the sender is told', async () => {
  await using post = await office(
    { afterMaxDefer: 'report' },
    { answer: ({ payload }) => (JSON.stringify(payload).includes('"reversePath":""') ? undefined : failing()) },
  );
  await post.send({ reversePath: 'ann@example.test' });
  expect(await post.quiet()).toEqual([]);
  expect(await post.mail()).toEqual([]);
  expect(await post.mail('ann')).toMatchObject([expect.stringContaining('Status: 5.4.7')]);
});

test('without a word from the binding it is frozen, after its own maxDefer', async () => {
  const retries = { ...hasty.retries, mostFaults: 100 };
  await using post = await office({}, { options: { ...hasty, retries } });
  await post.send();
  expect(await post.quiet()).toMatchObject([{ state: 'frozen' }]);
  expect(post.calls).toHaveLength(3);
});

test('a sink whose onFault is next and that edits is counted as well', async () => {
  await using post = await office({ onFault: 'next' });
  await post.send();
  expect(await post.quiet()).toEqual([]);
  expect((await post.house.queue.missed()).counts).toMatchObject([{ count: 1 }]);
});

const busyFirst: OfficeOptions['answer'] = (_, attempt) => {
  if (attempt < 8) throw new Fault('sandbox.busy');
  return undefined;
};

test('a sink that is busy has not failed: mail waits for it whatever onFault says, and is not frozen', async () => {
  await using post = await office({ onFault: 'next', afterMaxDefer: 'quarantine' }, { answer: busyFirst });
  await post.send();
  expect(await post.quiet()).toEqual([]);
  expect(post.calls).toHaveLength(8);
  expect(await post.mail()).toHaveLength(1);
  expect((await post.house.queue.missed()).counts).toEqual([]);
});
