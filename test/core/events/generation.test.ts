import { expect, test } from 'vitest';
import { createGeneration } from '../../../core/events/generation.ts';
import { bindingOf } from '../../support/bindings.ts';

const never = (): void => undefined;

test('bindings come by priority, then by name, for each event its own', () => {
  const bindings = [
    bindingOf({ name: 'c', priority: 5 }),
    bindingOf({ name: 'b', priority: 5 }),
    bindingOf({ name: 'z', priority: 0 }),
    bindingOf({ name: 'a', priority: 9, on: { onMail: { priority: 1 } } }),
  ];
  const generation = createGeneration(1, bindings, never);
  const names = (event: 'onRcpt' | 'onMail'): string[] =>
    generation.bindings('mx', event).map(({ binding }) => binding.name);
  expect(names('onRcpt')).toEqual(['z', 'b', 'c', 'a']);
  expect(names('onMail')).toEqual(['z', 'a', 'b', 'c']);
  expect(generation.all).toEqual(bindings);
});

test('an event or virtual server without bindings has the same empty list', () => {
  const generation = createGeneration(1, [bindingOf({ events: ['onRcpt'] })], never);
  expect(generation.bindings('mx', 'onMail')).toEqual([]);
  expect(generation.bindings('mx', 'onMail')).toBe(generation.bindings('toString', 'onRcpt'));
});

test('a binding is found by its key', () => {
  const binding = bindingOf({ name: 'one' });
  const generation = createGeneration(1, [binding], never);
  expect(generation.find('mx/probe/one')).toBe(binding);
  expect(generation.find('mx/probe/two')).toBeNull();
});

test('it is free when the last pin goes, once, and cannot be pinned again', () => {
  const seen: string[] = [];
  const generation = createGeneration(7, [], () => seen.push('free'));
  generation.retain();
  generation.retain();
  generation.release();
  generation.release();
  expect(seen).toEqual([]);
  generation.release();
  expect(seen).toEqual(['free']);
  expect(() => generation.retain()).toThrow('internal.bug');
  expect(() => generation.release()).toThrow('internal.bug');
  expect(seen).toEqual(['free']);
});
