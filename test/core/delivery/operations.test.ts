import { describe, expect, test } from 'vitest';
import { engines, openHouse } from '../database/engines.ts';
import { submission } from '../queue/submissions.ts';

const inbox = (user: string): string => `${user}@example.test/INBOX`;
const to = (recipient: number, user: string) => ({
  recipient,
  mailbox: inbox(user),
  prefix: `To: ${user}\r\n`,
  reply: 'ok',
});
const tell = { key: 'mx/s/s', event: 'onDelivered', traceId: 't1', virtualServer: 'mx', payload: {} } as const;

describe.each(engines)('deliverLocal ($name)', (engine) => {
  test('puts one copy into each mailbox, tells, and takes the message out of the queue', async () => {
    await using house = await openHouse(engine);
    const { queue, store, delivery } = house;
    const message = await queue.accept(submission({ recipients: ['bob@example.test', 'eve@example.test'] }));
    const settlement = queue.settlement(message, [], [], [tell, tell]);
    expect(await delivery.deliverLocal({ settlement, deliveries: [to(1, 'bob'), to(2, 'eve')] })).toEqual({
      settled: 'finished',
      uids: [1, 1],
    });
    const octets = await Promise.all(['bob', 'eve'].map((user) => store.octets(inbox(user), 1)));
    expect(octets.map((one) => Buffer.from(one).toString())).toEqual([
      'To: bob\r\nSubject: hello\r\n\r\nhello\r\n',
      'To: eve\r\nSubject: hello\r\n\r\nhello\r\n',
    ]);
    expect(await queue.list()).toEqual([]);
    expect(await queue.claimTells(10)).toHaveLength(2);
    expect(await store.expunge(inbox('bob'), [1])).toEqual([1]);
    expect((await store.octets(inbox('eve'), 1)).length).toBeGreaterThan(0);
  });

  test('shares a large file between the copies and the queue, and removes it with the last of them', async () => {
    await using house = await openHouse(engine);
    const { queue, store, delivery, database } = house;
    const content = await database.content.write(Buffer.alloc(100_000, 'x'));
    const recipients = ['bob@example.test', 'eve@example.test', 'zoe@elsewhere.test'];
    const message = await queue.accept(submission({ recipients, content }));
    const deferred = [{ recipient: 3, state: 'deferred', reply: '451', until: house.clock.now() + 1_000 }] as const;
    const settlement = queue.settlement(message, deferred, [], []);
    const { settled } = await delivery.deliverLocal({ settlement, deliveries: [to(1, 'bob'), to(2, 'eve')] });
    expect(settled).toBe('released');

    await store.expunge(inbox('bob'), [1]);
    await queue.remove(message.id);
    expect((await store.octets(inbox('eve'), 1)).length).toBe(100_000 + 'To: eve\r\n'.length);
    await store.expunge(inbox('eve'), [1]);
    await store.expunge(inbox('eve'), [1]); // the file goes right after the answer before this one
    await expect(database.content.read(content)).rejects.toMatchObject({ code: 'database.corrupt' });
  });

  test('delivers nothing at all with a stale claim, or when a recipient was settled already', async () => {
    await using house = await openHouse(engine);
    const { queue, store, delivery } = house;
    const message = await queue.accept(submission({ recipients: ['bob@example.test', 'eve@example.test'] }));
    const settlement = queue.settlement(message, [], [], [tell]);
    await delivery.deliverLocal({ settlement, deliveries: [to(1, 'bob')] });
    const fence = { code: 'queue.fence' };
    await expect(delivery.deliverLocal({ settlement, deliveries: [to(2, 'eve'), to(1, 'bob')] })).rejects.toMatchObject(
      fence,
    );
    await expect(delivery.deliverLocal({ settlement, deliveries: [to(2, 'eve'), to(2, 'eve')] })).rejects.toMatchObject(
      fence,
    );
    await queue.release(message);
    await queue.claim(1);
    await expect(delivery.deliverLocal({ settlement, deliveries: [to(2, 'eve')] })).rejects.toMatchObject(fence);

    expect(await store.mailboxes()).toMatchObject([{ name: inbox('bob'), messages: 1 }]);
    expect(await queue.claimTells(10)).toHaveLength(1);
  });
});
