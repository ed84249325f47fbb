import { isDeepStrictEqual } from 'node:util';
import { assert, property, record, string, integer, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';
import { formatChange, plan, type Change } from '../../../core/config/plan.ts';

type Item = { readonly id: string; readonly port: number };

/** What a list of items is after the changes, one after the other; fails where a step makes no sense. */
function apply(running: readonly Item[], changes: readonly Change<Item>[]): readonly Item[] {
  const items = new Map(running.map((item) => [item.id, item]));
  for (const change of changes) {
    const here = items.get(change.kind === 'add' ? change.item.id : change.was.id);
    expect(here).toBe(change.kind === 'add' ? undefined : change.was);
    if (change.kind === 'remove') items.delete(change.was.id);
    else items.set(change.item.id, change.item);
  }
  return [...items.values()];
}

const byId = (items: readonly Item[]) => items.toSorted((a, b) => (a.id < b.id ? -1 : 1));
const items = uniqueArray(record({ id: string({ maxLength: 2 }), port: integer({ min: 1, max: 3 }) }), {
  selector: ({ id }) => id,
  maxLength: 8,
});

test('applying a plan gives what is desired, and nothing is left to do', () => {
  assert(
    property(items, items, (running, desired) => {
      const changes = plan(running, desired, isDeepStrictEqual);
      const reached = apply(running, changes);
      expect(byId(reached)).toEqual(byId(desired));
      expect(plan(reached, desired, isDeepStrictEqual)).toEqual([]);
    }),
  );
});

test('a plan touches no item that stays as it is, and adds before it removes', () => {
  assert(
    property(items, items, (running, desired) => {
      const changes = plan(running, desired, isDeepStrictEqual);
      const touched = changes.map((change) => (change.kind === 'remove' ? change.was.id : change.item.id));
      const untouched = running.filter((item) => desired.some((other) => isDeepStrictEqual(item, other)));
      expect(untouched.filter(({ id }) => touched.includes(id))).toEqual([]);
      const order = changes.map(({ kind }) => ['add', 'replace', 'remove'].indexOf(kind));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }),
  );
});

test('formatChange() names what changes', () => {
  const changes = plan(
    [
      { id: 'a', port: 1 },
      { id: 'b', port: 1 },
    ],
    [
      { id: 'b', port: 2 },
      { id: 'c', port: 1 },
    ],
    isDeepStrictEqual,
  );
  expect(changes.map(formatChange)).toEqual(['add c', 'replace b', 'remove a']);
});
