import { expect, test } from 'vitest';
import * as z from 'zod';
import type { HostCall } from '../../sdk/capabilities.ts';
import { defineSink, next, reject } from '../../sdk/index.ts';
import type { StandardSchema } from '../../sdk/standard-schema.ts';

const about = { name: 'probe', version: '1.0.0', description: 'For tests.', role: 'observes' } as const;
const echo: HostCall = async (name, args) => [name, ...args].join(' ');
const noHost: HostCall = () => Promise.reject(new Error('no host'));

test('the manifest is what the sink says of itself, as plain JSON', () => {
  const { manifest } = defineSink({
    ...about,
    needs: ['kv'],
    timers: { tick: { every: '5m' } },
    onTimer() {},
    onMail: () => next(),
  });
  expect(manifest).toEqual({
    ...about,
    needs: ['kv'],
    events: ['onTimer', 'onMail'],
    timers: { tick: { every: '5m' } },
    sdk: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
});

test('a handler that is no function is refused when the sink is defined', () => {
  const broken: object = { ...about, onMail: 'next' };
  expect(() => Reflect.apply(defineSink, undefined, [broken])).toThrow('onMail must be a function');
});

test('a handler gets payload, event, settings and the capabilities it needs', async () => {
  const seen: unknown[] = [];
  const sink = defineSink({
    ...about,
    needs: ['clock'],
    settings: z.object({ limit: z.number().default(3) }),
    async onMail({ event, reversePath, settings }, has) {
      seen.push(event, reversePath, settings, Object.keys(has), await has.clock.now());
      return next();
    },
  });
  expect(await sink.runtime.configure({})).toEqual([]);
  const payload: object = { reversePath: 'ann@example.test', parameters: {} };
  expect(await sink.runtime.handle('onMail', payload, echo)).toEqual({ kind: 'next', edits: [] });
  expect(seen).toEqual(['onMail', 'ann@example.test', { limit: 3 }, ['log', 'clock'], 'clock.now']);
});

test('settings are validated and frozen all the way down', async () => {
  const sink = defineSink({
    ...about,
    settings: z.object({ list: z.array(z.object({ a: z.number() })) }),
    onMail({ settings }) {
      Reflect.set(settings.list, 0, { a: 2 });
      Reflect.set(settings.list[0] ?? {}, 'a', 2);
      return next(...(settings.list[0]?.a === 1 ? [] : [{ kind: 'set-tag', name: 'changed', value: '' } as const]));
    },
  });
  expect(await sink.runtime.configure({ list: [{ a: 1 }] })).toEqual([]);
  expect(await sink.runtime.handle('onMail', {}, noHost)).toEqual({ kind: 'next', edits: [] });
});

test('problems of settings have their path, and the settings before stay', async () => {
  const seen: unknown[] = [];
  const sink = defineSink({
    ...about,
    settings: z.object({ when: z.array(z.string()) }),
    onMail({ settings }) {
      seen.push(settings);
      return next();
    },
  });
  await sink.runtime.configure({ when: ['a'] });
  expect(await sink.runtime.configure({ when: ['a', 7] })).toEqual([expect.stringMatching(/^when\.1: /)]);
  await sink.runtime.handle('onMail', {}, noHost);
  expect(seen).toEqual([{ when: ['a'] }]);
});

test('a path of objects and no path are both shown', async () => {
  const issues = [{ message: 'one', path: [{ key: 'a' }, 'b', 0] }, { message: 'two' }];
  const settings: StandardSchema<object> = { '~standard': { version: 1, vendor: 'x', validate: () => ({ issues }) } };
  expect(await defineSink({ ...about, settings }).runtime.configure({})).toEqual(['a.b.0: one', 'two']);
});

test.each([[{ a: 1 }], [null], ['x']])('a sink without settings refuses %j', async (given) => {
  expect(await defineSink(about).runtime.configure(given)).toEqual(['this sink has no settings']);
  expect(await defineSink(about).runtime.configure({})).toEqual([]);
});

test('an event it has no handler for is an error that names both', () => {
  expect(() => defineSink(about).runtime.handle('onMail', {}, noHost)).toThrow('probe has no handler for onMail');
  expect(() => defineSink(about).runtime.handle('toString', {}, noHost)).toThrow('has no handler');
});

test('the log does not answer, and a host that refuses a line harms nobody', async () => {
  const lines: unknown[] = [];
  const sink = defineSink({
    ...about,
    onMail(_, { log }) {
      log.info('text', { a: 1 });
      log.error('more');
      return next();
    },
  });
  const call: HostCall = (name, args) => {
    lines.push([name, ...args]);
    return Promise.reject(new Error('too many lines'));
  };
  await sink.runtime.handle('onMail', {}, call);
  expect(lines).toEqual([
    ['log.write', 'info', 'text', { a: 1 }],
    ['log.write', 'error', 'more', {}],
  ]);
});

test('a message in the payload has its readers', async () => {
  const sink = defineSink({
    ...about,
    onArrival: ({ message }) => (message.field('A') === 'b' ? next() : reject('no')),
  });
  const tree = { path: '', type: 'text/plain', charset: null, disposition: null, filename: null, size: 0, parts: [] };
  const message = { size: 1, fields: [['a', 'b']], tree, protection: 'none' } as const;
  expect(await sink.runtime.handle('onArrival', { message }, noHost)).toMatchObject({ kind: 'next' });
});
