import { describe, expect, test } from 'vitest';
import { deliveryPrefix } from '../../../core/store/store.ts';
import { engines, openHouse, type House } from '../database/engines.ts';
import { inline, submission } from '../queue/submissions.ts';

const mailbox = 'bob@example.test/INBOX';

async function deliver({ queue, delivery }: House, text: string): Promise<number> {
  const message = await queue.accept(submission({ content: inline(text) }));
  const { uids } = await delivery.deliverLocal({
    settlement: queue.settlement(message, [], [], []),
    deliveries: [{ recipient: 1, mailbox, prefix: 'X: y\r\n', reply: 'ok' }],
  });
  return uids[0] ?? 0;
}

describe.each(engines)('store ($name)', (engine) => {
  test('a mailbox lists its messages by UID, and gives their octets back', async () => {
    await using house = await openHouse(engine);
    expect(house.store.mailboxOf('bob@example.test')).toBe(mailbox);
    expect([await house.store.list(mailbox), await house.store.mailboxes()]).toEqual([[], []]);
    await deliver(house, 'one');
    await deliver(house, 'three');
    const internalDate = house.clock.now();
    expect(await house.store.list(mailbox)).toEqual([
      { uid: 1, size: 9, flags: [], internalDate },
      { uid: 2, size: 11, flags: [], internalDate },
    ]);
    expect(Buffer.from(await house.store.octets(mailbox, 2)).toString()).toBe('X: y\r\nthree');
    expect(await house.store.mailboxes()).toEqual([{ name: mailbox, messages: 2, size: 20 }]);
  });

  test('a UID is never used again after expunge, also over a restart and in an empty mailbox', async () => {
    await using house = await openHouse(engine);
    expect([await deliver(house, 'a'), await deliver(house, 'b')]).toEqual([1, 2]);
    expect(await house.store.expunge(mailbox, [2, 2, 7])).toEqual([2]);
    expect(await deliver(house, 'c')).toBe(3);
    expect(await house.store.expunge(mailbox, [1, 3])).toEqual([1, 3]);
    await using next = await house.restart();
    expect(await deliver(next, 'd')).toBe(4);
  });

  test('uidValidity() stays, and differs between mailboxes', async () => {
    await using house = await openHouse(engine);
    const opened = await house.store.uidValidity(mailbox);
    await deliver(house, 'a');
    const other = await house.store.uidValidity('eve@example.test/INBOX');
    expect(other).not.toBe(opened);
    await house.store.expunge(mailbox, [1]);
    await using next = await house.restart();
    expect([await next.store.uidValidity(mailbox), await next.store.uidValidity('eve@example.test/INBOX')]).toEqual([
      opened,
      other,
    ]);
    expect(opened).toBeGreaterThan(0);
  });

  test('a message that is not there is store.missing', async () => {
    await using house = await openHouse(engine);
    await deliver(house, 'a');
    await house.store.expunge(mailbox, [1]);
    await expect(house.store.octets(mailbox, 1)).rejects.toMatchObject({ code: 'store.missing' });
    await expect(house.store.octets('nobody/INBOX', 1)).rejects.toMatchObject({ code: 'store.missing' });
    expect(await house.store.expunge('nobody/INBOX', [1])).toEqual([]);
  });
});

test('deliveryPrefix() writes two lines whatever the addresses contain', () => {
  expect(deliveryPrefix('', 'bob@example.test')).toBe('Return-Path: <>\r\nDelivered-To: bob@example.test\r\n');
  expect(deliveryPrefix('"a\r\nBcc: x"@y', 'b\n@z')).toBe('Return-Path: <"aBcc: x"@y>\r\nDelivered-To: b@z\r\n');
});
