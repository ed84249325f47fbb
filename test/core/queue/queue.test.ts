import { describe, expect, test } from 'vitest';
import { minute } from '../../../sdk/durations.ts';
import { engines, openHouse, type House } from '../database/engines.ts';
import { inline, session, submission, unedited } from './submissions.ts';
import type { QueuedMessage } from '../../../core/queue/queue.ts';

const traces = (messages: readonly QueuedMessage[]): readonly string[] => messages.map(({ traceId }) => traceId);

/** A message nobody has a claim on. */
async function waiting({ queue }: House, change = {}): Promise<QueuedMessage> {
  const message = await queue.accept(submission(change));
  await queue.release(message);
  return message;
}

async function contentOf({ queue }: House, message: QueuedMessage): Promise<string> {
  return Buffer.from(await queue.content({ ...message, content: null })).toString();
}

describe.each(engines)('queue ($name)', (engine) => {
  test('accept() answers with what claim() of the next process finds', async () => {
    await using house = await openHouse(engine);
    const accepted = await house.queue.accept(submission({ recipients: ['bob@example.test', 'Eve@example.test'] }));
    expect(accepted).toMatchObject({ state: 'accepted', tags: { spam: 'no' }, session, fence: 1 });
    expect(await house.queue.claim(10)).toEqual([]);

    await using next = await house.restart();
    const [claimed] = await next.queue.claim(10);
    expect(claimed).toEqual({ ...accepted, fence: 2, content: null });
    expect(await contentOf(next, accepted)).toBe('Subject: hello\r\n\r\nhello\r\n');
  });

  test('empty content, null reverse-path and no session come back as they were', async () => {
    await using house = await openHouse(engine);
    const message = await waiting(house, { content: inline(''), reversePath: '', session: null, source: 'report' });
    expect(await house.queue.list()).toMatchObject([{ reversePath: '', session: null, source: 'report', size: 0 }]);
    expect(await contentOf(house, message)).toBe('');
  });

  test('octets inside a larger buffer are stored alone', async () => {
    await using house = await openHouse(engine);
    const large = Buffer.alloc(1_000, 'x');
    const message = await waiting(house, { content: { kind: 'inline', octets: large.subarray(10, 13) } });
    expect(await contentOf(house, message)).toBe('xxx');
  });

  test('claim() takes what is ready in the order it came, deferred messages when their time has come', async () => {
    await using house = await openHouse(engine);
    const { queue, clock } = house;
    for (const traceId of ['a', 'b', 'c']) await waiting(house, { traceId });
    const [a] = await queue.claim(1);
    expect(a?.traceId).toBe('a');
    await queue.settleArrival(a!, { kind: 'defer', until: clock.now() + 500, reason: 'later', fault: true });
    expect(await queue.nextDue()).toBe(0);
    expect(traces(await queue.claim(10))).toEqual(['b', 'c']);
    expect(await queue.nextDue()).toBe(clock.now() + 500);
    clock.advance(499);
    expect(await queue.claim(10)).toEqual([]);
    clock.advance(1);
    expect(await queue.claim(10)).toMatchObject([{ traceId: 'a', faults: 1, reason: 'later', state: 'accepted' }]);
    expect(await queue.nextDue()).toBe(null);
  });

  test('a stale fence changes nothing: neither message, nor reports, nor tells', async () => {
    await using house = await openHouse(engine, { lease: minute });
    const { queue, clock } = house;
    const old = await queue.accept(submission());
    clock.advance(minute);
    const [current] = await queue.claim(1);
    expect(current).toMatchObject({ id: old.id, fence: 2 });

    const tell = { key: 'mx/s/s', event: 'onDelivered', traceId: 't', virtualServer: 'mx', payload: {} } as const;
    const results = [{ recipient: 1, state: 'delivered', reply: 'ok' }] as const;
    const stale = { code: 'queue.fence' };
    await expect(queue.settle(old, results, [submission()], [tell])).rejects.toMatchObject(stale);
    await expect(queue.settleArrival(old, { kind: 'done', reason: '' }, [submission()])).rejects.toMatchObject(stale);
    await queue.release(old);
    expect([await queue.claim(10), await queue.claimTells(10)]).toEqual([[], []]);
    expect(await queue.settle(current!, results, [], [])).toBe('finished');
    await expect(queue.settle(current!, results, [], [])).rejects.toMatchObject(stale);
  });

  test('a claim stands for its lease, also over a restart of somebody else', async () => {
    await using house = await openHouse(engine, { lease: minute });
    const { queue, clock } = house;
    await queue.accept(submission());
    await queue.claim(1);
    clock.advance(minute - 1);
    expect(await queue.claim(1)).toEqual([]);
    clock.advance(minute);
    expect(await queue.claim(1)).toMatchObject([{ fence: 2 }]);
  });

  test('settleArrival() with edits gives the message back with the new octets, and drops the old ones', async () => {
    await using house = await openHouse(engine);
    const { queue } = house;
    const message = await queue.accept(submission());
    const arrived = await queue.settleArrival(message, {
      kind: 'arrived',
      content: inline('edited'),
      reversePath: 'list@example.test',
      recipients: ['eve@example.test', 'bob@example.test'],
      tags: { list: 'yes' },
    });
    expect(arrived).toMatchObject({ state: 'arrived', size: 6, tags: { list: 'yes' }, fence: 1 });
    expect(await contentOf(house, arrived!)).toBe('edited');
    await queue.release(arrived!);
    expect(await queue.claim(1)).toEqual([{ ...arrived, fence: 2, content: null }]);
  });

  test('settleArrival() without edits keeps octets and recipients', async () => {
    await using house = await openHouse(engine);
    const message = await house.queue.accept(submission());
    const arrived = await house.queue.settleArrival(message, unedited(message));
    expect(arrived).toEqual({ ...message, state: 'arrived' });
    expect(await contentOf(house, arrived!)).toContain('hello');
  });

  test.each([
    ['done', { kind: 'done', reason: 'discarded' } as const],
    ['no recipient left', { kind: 'arrived', content: null, reversePath: '', recipients: [], tags: {} } as const],
  ])('settleArrival() ends the message: %s', async (_, outcome) => {
    await using house = await openHouse(engine);
    const message = await house.queue.accept(submission());
    expect(await house.queue.settleArrival(message, outcome)).toBe(null);
    expect(await house.queue.list()).toEqual([]);
    await expect(house.queue.content({ ...message, content: null })).rejects.toMatchObject({ code: 'queue.fence' });
  });

  test('a report is queued in the operation that settles the recipient', async () => {
    await using house = await openHouse(engine);
    const { queue } = house;
    const message = await queue.accept(submission());
    const report = submission({ traceId: 'report', source: 'report', reversePath: '', session: null });
    const failed = [{ recipient: 1, state: 'failed', reply: '550 5.1.1 no' }] as const;
    expect(await queue.settle(message, failed, [report], [])).toBe('finished');
    expect(await queue.claim(10)).toMatchObject([{ traceId: 'report', source: 'report', fence: 2 }]);
  });

  test('settle() keeps the claim while recipients are untried, and releases it until the first is due', async () => {
    await using house = await openHouse(engine);
    const { queue, clock } = house;
    const message = await queue.accept(submission({ recipients: ['a@x.test', 'b@x.test', 'c@x.test'] }));
    const until = clock.now() + 100;
    expect(await queue.settle(message, [{ recipient: 1, state: 'delivered', reply: 'ok' }], [], [])).toBe('claimed');
    const rest = [
      { recipient: 2, state: 'deferred', reply: '451 later', until: until + 50 },
      { recipient: 3, state: 'deferred', reply: '451 sooner', until },
    ] as const;
    expect(await queue.settle(message, rest, [], [])).toBe('released');
    expect(await queue.nextDue()).toBe(until);
    clock.advance(100);
    const [again] = await queue.claim(1);
    expect(again?.recipients).toMatchObject([
      { id: 1, state: 'delivered', attempts: 1, lastReply: 'ok' },
      { id: 2, state: 'pending', attempts: 1, nextAttempt: until + 50, lastReply: '451 later' },
      { id: 3, state: 'pending', attempts: 1, nextAttempt: until },
    ]);
    const twice = [{ recipient: 1, state: 'delivered', reply: 'ok' }] as const;
    await expect(queue.settle(again!, twice, [], [])).rejects.toMatchObject({ code: 'queue.fence' });
  });

  test('held messages wait for an operator; resume() goes on where the chain had ended', async () => {
    await using house = await openHouse(engine);
    const { queue } = house;
    const quarantined = await queue.accept(submission({ traceId: 'q' }));
    const frozen = await queue.accept(submission({ traceId: 'f' }));
    const edited = inline('with a warning');
    await queue.settleArrival(quarantined, { kind: 'held', state: 'quarantine', reason: 'virus', content: edited });
    await queue.settleArrival(frozen, { kind: 'held', state: 'frozen', reason: '10 faults', content: null });
    expect([await queue.claim(10), await queue.nextDue()]).toEqual([[], null]);
    expect(await queue.list({ state: 'quarantine' })).toMatchObject([{ traceId: 'q', reason: 'virus', size: 14 }]);

    expect([await queue.resume(quarantined.id), await queue.resume(frozen.id), await queue.resume(99)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await queue.claim(10)).toMatchObject([
      { traceId: 'q', state: 'arrived', reason: null },
      { traceId: 'f', state: 'accepted', faults: 0 },
    ]);
  });

  test('an operator is stronger than a claim: what was under way changes nothing any more', async () => {
    await using house = await openHouse(engine);
    const { queue } = house;
    const [first, second] = [await queue.accept(submission()), await queue.accept(submission())];
    expect(await queue.setState(first.id, 'frozen', 'wait')).toBe(true);
    expect(await queue.remove(second.id)).toBe(true);
    expect(await queue.remove(second.id)).toBe(false);
    for (const message of [first, second])
      await expect(queue.settleArrival(message, unedited(message))).rejects.toMatchObject({ code: 'queue.fence' });
    expect(await queue.list()).toMatchObject([{ id: first.id, state: 'frozen', reason: 'wait' }]);
  });

  test('ids are never used again, so that a late settlement cannot hit a new message', async () => {
    await using house = await openHouse(engine);
    const first = await house.queue.accept(submission());
    await house.queue.remove(first.id);
    expect((await house.queue.accept(submission())).id).toBeGreaterThan(first.id);
    await using next = await house.restart();
    for (const { id } of await next.queue.list()) await next.queue.remove(id);
    expect((await next.queue.accept(submission())).id).toBeGreaterThan(first.id + 1);
  });

  test('list() filters and turns pages by id', async () => {
    await using house = await openHouse(engine);
    const { queue } = house;
    for (const n of ['1', '2', '3']) await queue.accept(submission({ traceId: n, virtualServer: `mx${n}` }));
    expect(traces(await queue.list({ limit: 2 }))).toEqual(['1', '2']);
    const [, second] = await queue.list();
    expect(traces(await queue.list({ after: second!.id }))).toEqual(['3']);
    expect(traces(await queue.list({ virtualServer: 'mx2' }))).toEqual(['2']);
  });

  test('a file handed over again stays: as its own edit, and when a stale settlement brings it', async () => {
    await using house = await openHouse(engine);
    const { queue, database } = house;
    const content = await database.content.write(Buffer.alloc(100_000, 'x'));
    const message = await queue.accept(submission({ content }));
    const arrived = await queue.settleArrival(message, { ...unedited(message), content });
    await queue.release(message);
    await queue.claim(1);
    const stale = queue.settleArrival(arrived!, { ...unedited(message), content }, [submission({ content })]);
    await expect(stale).rejects.toMatchObject({ code: 'queue.fence' });
    expect((await queue.content({ ...message, content: null })).length).toBe(100_000);
  });

  test('a file nobody took goes when its message was not accepted or its edit came too late', async () => {
    await using house = await openHouse(engine);
    const { queue, database } = house;
    const message = await queue.accept(submission());
    await queue.remove(message.id);
    const content = await database.content.write(Buffer.alloc(100_000, 'x'));
    const late = queue.settleArrival(message, { ...unedited(message), content });
    await expect(late).rejects.toMatchObject({ code: 'queue.fence' });
    await expect(database.content.read(content)).rejects.toMatchObject({ code: 'database.corrupt' });
  });

  test('large content is shared by its name and its file goes with the last row', async () => {
    await using house = await openHouse(engine);
    const { queue, database } = house;
    const large = Buffer.alloc(100_000, 'x');
    const content = await database.content.write(large);
    const message = await queue.accept(submission({ content }));
    expect((await queue.content({ ...message, content: null })).length).toBe(large.length);
    await queue.remove(message.id);
    await queue.remove(message.id); // the file goes right after the answer before this one
    await expect(database.content.read(content)).rejects.toMatchObject({ code: 'database.corrupt' });
  });
});
