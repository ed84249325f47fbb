import { expect, test } from 'vitest';
import { createHandOver } from '../../../core/delivery/hand-over.ts';
import type { QueuedMessage } from '../../../core/queue/queue.ts';

const of = (id: number, size: number, inMemory = true): QueuedMessage => ({
  id,
  fence: 1,
  traceId: `t${id}`,
  virtualServer: 'mx',
  source: 'smtp',
  state: 'accepted',
  isCategorized: false,
  ret: null,
  envid: null,
  reversePath: '',
  recipients: [],
  session: null,
  tags: {},
  size,
  acceptedAt: 0,
  faults: 0,
  due: 0,
  reason: null,
  content: inMemory ? { kind: 'inline', octets: new Uint8Array(size) } : null,
});

test('messages come out in the order they went in, as many at a time as there may be', () => {
  const hand = createHandOver({ concurrency: 2, memory: 2 ** 20 });
  for (let id = 1; id <= 3_000; id += 1) hand.put(of(id, 0, false));
  const seen: number[] = [];
  for (let message = hand.next(); message !== null; message = hand.next()) {
    seen.push(message.id);
    if (hand.working === 2) hand.finish(message);
  }
  expect(seen).toEqual(Array.from({ length: 3_000 }, (_, at) => at + 1));
  expect(hand.waiting).toBe(0);
});

test('content in memory is bounded, whether it waits or is worked on', () => {
  const hand = createHandOver({ concurrency: 10, memory: 10_000 });
  hand.put(of(1, 4_000));
  expect(hand.hasRoomFor(of(2, 4_000))).toBe(false);
  const first = hand.next();
  hand.put(of(2, 7_000, false));
  expect(hand.next()).toBe(null);
  hand.finish(first!);
  expect(hand.next()?.id).toBe(2);
});

test('a message larger than all the memory is worked on alone', () => {
  const hand = createHandOver({ concurrency: 10, memory: 1_000 });
  hand.put(of(1, 50_000, false));
  hand.put(of(2, 1, false));
  const [large, none] = [hand.next(), hand.next()];
  expect([large?.id, none]).toEqual([1, null]);
  hand.finish(large!);
  expect(hand.next()?.id).toBe(2);
});

test('drain() empties what waits', () => {
  const hand = createHandOver({ concurrency: 1, memory: 10_000 });
  for (const id of [1, 2, 3]) hand.put(of(id, 10));
  hand.next();
  expect(hand.drain().map(({ id }) => id)).toEqual([2, 3]);
  expect(hand.hasRoomFor(of(4, 8_000))).toBe(true);
});
