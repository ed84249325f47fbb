import { describe, expect, test } from 'vitest';
import { day, hour, second } from '../../../sdk/durations.ts';
import type { Tell } from '../../../core/queue/queue.ts';
import { engines, openHouse, type House } from '../database/engines.ts';
import { submission } from './submissions.ts';

const tell = (key: string): Tell => ({
  key,
  event: 'onDelivered',
  traceId: 't1',
  virtualServer: 'mx',
  payload: { recipient: 'bob@example.test', mailbox: 'bob@example.test/INBOX' },
});

async function deliver({ queue }: House, tells: readonly Tell[]): Promise<void> {
  const message = await queue.accept(submission());
  await queue.settle(message, [{ recipient: 1, state: 'delivered', reply: 'ok' }], [], tells);
}

describe.each(engines)('tells ($name)', (engine) => {
  test('each binding is told once, in the order written, when all goes well', async () => {
    await using house = await openHouse(engine);
    const { queue } = house;
    await deliver(house, [tell('mx/a/a'), tell('mx/b/b')]);
    expect(await queue.nextDue()).toBe(0);
    const claimed = await queue.claimTells(10);
    expect(claimed).toMatchObject([
      { ...tell('mx/a/a'), attempts: 1 },
      { ...tell('mx/b/b'), attempts: 1 },
    ]);
    expect(await queue.claimTells(10)).toEqual([]);
    for (const { id } of claimed) expect(await queue.settleTell(id, true)).toBe('done');
    expect(await queue.nextDue()).toBe(null);
  });

  test('a tell that was not done comes again under the same id, later each time, and is parked after 10', async () => {
    await using house = await openHouse(engine);
    const { queue, clock } = house;
    await deliver(house, [tell('mx/a/a')]);
    const ids = new Set<number>();
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      const [claimed] = await queue.claimTells(1);
      expect(claimed?.attempts).toBe(attempt);
      ids.add(claimed!.id);
      expect(await queue.settleTell(claimed!.id, false)).toBe(attempt < 10 ? 'again' : 'parked');
      const due = await queue.nextDue();
      expect(due).toBe(attempt < 10 ? clock.now() + 10 * second * 2 ** (attempt - 1) : null);
      expect(await queue.claimTells(1)).toEqual([]);
      clock.advance((due ?? clock.now()) - clock.now());
    }
    expect(ids.size).toBe(1);
    clock.advance(day);
    expect(await queue.claimTells(1)).toEqual([]);
  });

  test('a tell is parked after 3 days, whatever its attempts', async () => {
    await using house = await openHouse(engine, { lease: hour });
    const { queue, clock } = house;
    await deliver(house, [tell('mx/a/a')]);
    const [claimed] = await queue.claimTells(1);
    clock.advance(3 * day);
    expect(await queue.settleTell(claimed!.id, false)).toBe('parked');
  });

  test('a tell under way when the process ends is told again by the next, and counted', async () => {
    await using house = await openHouse(engine);
    await deliver(house, [tell('mx/a/a')]);
    const [claimed] = await house.queue.claimTells(1);
    await using next = await house.restart();
    expect(await next.queue.claimTells(1)).toEqual([{ ...claimed, attempts: 2 }]);
    expect(await house.queue.settleTell(claimed!.id, true).catch(({ code }: { code: string }) => code)).toBe(
      'database.unavailable',
    );
  });

  test('a tell that ends the process every time is parked in the end', async () => {
    const house = await openHouse(engine);
    await deliver(house, [tell('mx/a/a')]);
    let current = house;
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      expect(await current.queue.claimTells(1)).toHaveLength(1);
      current = await current.restart(`process ${attempt}`);
    }
    await using last = current;
    expect(await last.queue.claimTells(1)).toEqual([]);
    expect(await last.queue.nextDue()).toBe(null);
  });
});
