import { describe, expect, test } from 'vitest';
import { engines, openHouse } from './engines.ts';

describe.each(engines)('kv ($name)', (engine) => {
  test('a value is there until it is deleted or replaced, and each namespace has its own', async () => {
    await using house = await openHouse(engine);
    const { kv } = house;
    expect(await kv.get('a', 'k')).toBe(null);
    expect(await kv.put('a', 'k', 'one')).toBe('done');
    expect(await kv.put('b', 'k', 'other')).toBe('done');
    expect(await kv.put('a', 'k', 'two')).toBe('done');
    expect([await kv.get('a', 'k'), await kv.get('b', 'k')]).toEqual(['two', 'other']);
    await kv.delete('a', 'k');
    await kv.delete('a', 'k');
    expect([await kv.get('a', 'k'), await kv.get('b', 'k')]).toEqual([null, 'other']);
  });

  test('a value with a ttl is gone when its time is over, and sweep() takes it out of the table', async () => {
    await using house = await openHouse(engine);
    const { kv, clock } = house;
    await kv.put('a', 'short', 'x', 1_000);
    await kv.put('a', 'kept', 'x', 1_000);
    await kv.put('a', 'kept', 'y');
    clock.advance(999);
    expect(await kv.get('a', 'short')).toBe('x');
    clock.advance(1);
    expect([await kv.get('a', 'short'), await kv.get('a', 'kept')]).toEqual([null, 'y']);
    expect([await kv.sweep(), await kv.sweep()]).toEqual([1, 0]);
    expect(await kv.get('a', 'kept')).toBe('y');
  });

  test('a namespace holds 10 MB: more is refused, other namespaces and replacements are not', async () => {
    await using house = await openHouse(engine);
    const { kv, clock } = house;
    const value = 'x'.repeat(64 * 1024);
    let stored = 0;
    while ((await kv.put('a', `k${stored}`, value, 1_000)) === 'done') stored += 1;
    expect(stored).toBe(159);
    expect(await kv.put('b', 'k', value)).toBe('done');
    expect(await kv.put('a', 'k0', value, 1_000)).toBe('done');
    expect(await kv.get('a', `k${stored}`)).toBe(null);

    await kv.delete('a', 'k0');
    expect(await kv.put('a', 'again', value, 1_000)).toBe('done');
    clock.advance(1_000);
    expect(await kv.put('a', 'after the others expired', value)).toBe('done');
    expect(await kv.put('a', 'too large', 'x'.repeat(11 * 1024 * 1024))).toBe('full');
  });

  test('a number is added to in one step: of many at once, none is lost, and its time runs from the first', async () => {
    await using house = await openHouse(engine);
    const { kv, clock } = house;
    await Promise.all(Array.from({ length: 50 }, () => kv.increment('a', 'n', 2, 1_000)));
    expect(await kv.increment('a', 'n', -1, 60_000)).toBe(99);
    expect(await kv.get('a', 'n')).toBe('99');
    expect(await kv.increment('b', 'n', 1)).toBe(1);
    clock.advance(1_000);
    expect(await kv.increment('a', 'n', 1, 1_000)).toBe(1);

    await kv.put('a', 'word', 'x');
    await kv.put('a', 'most', String(Number.MAX_SAFE_INTEGER));
    expect([await kv.increment('a', 'word', 1), await kv.increment('a', 'most', 1)]).toEqual([
      'not a number',
      'not a number',
    ]);
    expect([await kv.get('a', 'word'), await kv.get('a', 'most')]).toEqual(['x', String(Number.MAX_SAFE_INTEGER)]);
  });

  test('keys are listed by prefix, in order, page by page, without what has expired', async () => {
    await using house = await openHouse(engine);
    const { kv, clock } = house;
    for (const key of ['b:2', 'a', 'b:1', 'b:3', 'c', 'b;', 'b:\u{10FFFF}x']) await kv.put('n', key, 'v');
    await kv.put('n', 'b:0', 'v', 1_000);
    await kv.put('other', 'b:9', 'v');
    clock.advance(1_000);
    expect(await kv.list('n', 'b:', 2)).toEqual(['b:1', 'b:2']);
    expect(await kv.list('n', 'b:', 9, 'b:2')).toEqual(['b:3', 'b:\u{10FFFF}x']);
    expect(await kv.list('n', '\u{D7FF}', 9)).toEqual([]);
    expect((await kv.list('n', '', 100)).length).toBe(7);
    expect(await kv.list('n', 'zz', 9)).toEqual([]);
  });

  test('values survive a restart', async () => {
    await using house = await openHouse(engine);
    await house.kv.put('a', 'k', 'v');
    await using next = await house.restart();
    expect(await next.kv.get('a', 'k')).toBe('v');
  });
});
