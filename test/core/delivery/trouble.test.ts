import { expect, test } from 'vitest';
import * as sdk from '../../../sdk/index.ts';
import { Fault } from '../../../core/errors.ts';
import type { House } from '../database/engines.ts';
import { openOffice, sinkFor } from './post-office.ts';
import { openExchanger } from '../../support/mail-exchanger.ts';
import { plainRoute } from '../../../core/relay/relay.ts';

type Verb = 'settleArrival' | 'settle' | 'release' | 'claim' | 'setState' | 'deliverLocal';

/** The house with some verbs failing the first times they are used, as a full disk or a dead thread would have it. */
function failing(times: Partial<Record<Verb, number>>) {
  const left = new Map(Object.entries(times));
  const mayFail = <A extends readonly unknown[], R>(verb: Verb, run: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      const before = left.get(verb) ?? 0;
      left.set(verb, before - 1);
      if (before > 0) throw new Fault('database.full');
      return await run(...args);
    };
  };
  return ({ queue, delivery }: House) => ({
    queue: {
      ...queue,
      settleArrival: mayFail('settleArrival', queue.settleArrival.bind(queue)),
      settle: mayFail('settle', queue.settle.bind(queue)),
      release: mayFail('release', queue.release.bind(queue)),
      claim: mayFail('claim', queue.claim.bind(queue)),
      setState: mayFail('setState', queue.setState.bind(queue)),
    },
    delivery: { deliverLocal: mayFail('deliverLocal', delivery.deliverLocal) },
  });
}

const mark = () => sdk.next(sdk.appendField('X-Mark', 'once'));

test.each<Partial<Record<Verb, number>>>([
  { deliverLocal: 1 },
  { deliverLocal: 2 },
  { deliverLocal: 3, settle: 1 },
  { deliverLocal: 5, settleArrival: 2 },
  { deliverLocal: 2, settleArrival: 1, release: 2 },
  { deliverLocal: 2, settleArrival: 1, release: 1, claim: 3 },
])('mail is delivered once, edited once, whatever fails in between: %j', async (times) => {
  await using office = await openOffice({ answer: mark, seen: failing(times) });
  await office.send();
  expect(await office.quiet()).toEqual([]);
  expect((await office.mail()).map((text) => text.match(/X-Mark/g)?.length)).toEqual([1]);
});

test('mail to several ways gets there although writing it down fails on the way', async () => {
  const seen = failing({ deliverLocal: 1, settle: 2, release: 1 });
  await using next = await openExchanger();
  const routeTo = () => ({ route: { ...plainRoute, hosts: [{ host: '127.0.0.1', port: next.port }] }, retry: null });
  await using office = await openOffice({ bindings: [sinkFor('onArrival')], answer: mark, seen, routeTo });
  await office.send({ recipients: ['bob@example.test', 'carl@else.example'] });
  expect(await office.quiet()).toEqual([]);
  expect(await office.mail()).toHaveLength(1);
  // Handed over, and not written down: it is sent again (RFC 1047).
  expect(new Set(next.received.map(({ to }) => to[0]))).toEqual(new Set(['carl@else.example']));
});

test('an operator who takes the message away while sinks have it wins', async () => {
  const asked = Promise.withResolvers<void>();
  const answers = Promise.withResolvers<void>();
  await using office = await openOffice({
    answer: async () => {
      asked.resolve();
      await answers.promise;
      return mark();
    },
  });
  const { id } = await office.send();
  await asked.promise;
  await office.house.queue.setState(id, 'frozen', 'operator');
  answers.resolve();
  await expect.poll(() => office.delivery.status.working).toBe(0);
  expect(await office.house.queue.list()).toMatchObject([{ id, state: 'frozen', reason: 'operator' }]);
  expect(await office.mail()).toEqual([]);
});
