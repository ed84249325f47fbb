import { expect, test } from 'vitest';
import { bundleOf, megabytes, openSandbox, rcpt, sinkWith, useSandbox } from './sinks-in-text.ts';

const memory = 32 * megabytes;
const sandbox = useSandbox();
const never = (): Promise<unknown> => new Promise(() => undefined);
const refuse = async (_: string, [key]: readonly unknown[]): Promise<unknown> => {
  throw key === 'long' ? new RangeError('a key has at most 512 characters') : new Error('/etc/secret is broken');
};

test('call() gives the answer of the sink', async () => {
  const bundle = await bundleOf(sinkWith('return { kind: "next", edits: [], for: recipient };'));
  expect(await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory } })).toEqual([]);

  expect(await sandbox.call(rcpt('a', 'bob@example.test'))).toEqual({
    kind: 'next',
    edits: [],
    for: 'bob@example.test',
  });
});

test('describe() gives the manifest, and keeps nothing', async () => {
  const bundle = await bundleOf(sinkWith('return next();'));

  expect(await sandbox.describe(bundle)).toMatchObject({ name: 'probe', role: 'decides', events: ['onRcpt'] });
  expect(sandbox.status()).toMatchObject({ tenants: 0, calls: 0 });
  expect(sandbox.status().hosts.filter(({ isolates }) => isolates > 0)).toEqual([]);
});

test('two tenants of one bundle share no state', async () => {
  const bundle = await bundleOf(sinkWith('return seen;'));
  for (const id of ['a', 'b']) await sandbox.open({ id, bundle, settings: {}, limits: { memory } });

  const answers = [];
  for (const id of ['a', 'a', 'a', 'b']) answers.push(await sandbox.call(rcpt(id, 'x')));
  expect(answers).toEqual([1, 2, 3, 1]);
});

test('calls of one tenant start in the order they were made, in whatever frames they travel', async () => {
  const bundle = await bundleOf(sinkWith('return seen;'));
  await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory } });

  const many = Array.from({ length: 1000 }, () => sandbox.call(rcpt('a', 'x')));
  expect(await Promise.all(many)).toEqual(Array.from({ length: 1000 }, (_, at) => at + 1));
});

test('a tell handler answers nothing: undefined', async () => {
  await sandbox.open({ id: 'a', bundle: await bundleOf(sinkWith('')), settings: {}, limits: { memory } });
  expect(await sandbox.call(rcpt('a', 'x'))).toBeUndefined();
});

test('open() gives the problems of the settings, and the tenant is not there', async () => {
  const bundle = await bundleOf(sinkWith('return next();'));

  expect(await sandbox.open({ id: 'a', bundle, settings: { colour: 'red' }, limits: { memory } })).toEqual([
    'this sink has no settings',
  ]);
  await expect(sandbox.call(rcpt('a', 'x'))).rejects.toMatchObject({ code: 'sink.unknown' });
});

test('settings are validated by a Standard Schema library inside the isolate, zod with its defaults', async () => {
  const settings = 'settings: z.object({ word: z.string().min(2).default("hello") }),';
  const source = `import { z } from 'zod';\n${sinkWith('return (settings as any).word;', { settings })}`;
  const bundle = await bundleOf(
    source.replace("'zod'", JSON.stringify(import.meta.resolve('zod').replace('file://', ''))),
  );

  expect(await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory } })).toEqual([]);
  expect(await sandbox.call(rcpt('a', 'x'))).toBe('hello');
  expect(await sandbox.open({ id: 'b', bundle, settings: { word: '' }, limits: { memory } })).toEqual([
    'word: Too small: expected string to have >=2 characters',
  ]);
});

test('a host call reaches the core with its arguments, and its value the sink', async () => {
  const bundle = await bundleOf(sinkWith('return [await kv.get("a"), await clock.now()];'));
  await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory } });
  const made: unknown[] = [];
  const host = async (name: string, args: readonly unknown[]) => {
    made.push([name, args]);
    return name === 'kv.get' ? 'value' : 5;
  };

  expect(await sandbox.call(rcpt('a', 'x', { host }))).toEqual(['value', 5]);
  expect(made).toEqual([
    ['kv.get', ['a']],
    ['clock.now', []],
  ]);
});

test('a host call that fails tells the sink the fault or the refused argument, and nothing internal', async () => {
  const bundle = await bundleOf(sinkWith('return await kv.get(recipient).catch((error: Error) => error.message);'));
  await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory } });
  expect(await sandbox.call(rcpt('a', 'long', { host: refuse }))).toBe('kv.get: a key has at most 512 characters');
  expect(await sandbox.call(rcpt('a', 'x', { host: refuse }))).toBe('kv.get: failed');
});

test('log and console go to log.write of the event, without waiting', async () => {
  const bundle = await bundleOf(
    sinkWith('log.warn("careful", { recipient }); console.log("and", { a: [1] }); return 1;'),
  );
  await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory } });
  const lines: unknown[] = [];
  const host = async (name: string, args: readonly unknown[]) => void lines.push([name, ...args]);

  await sandbox.call(rcpt('a', 'x', { host }));
  expect(lines).toEqual([
    ['log.write', 'warn', 'careful', { recipient: 'x' }],
    ['log.write', 'info', 'and {"a":[1]}', {}],
  ]);
});

test('close() waits for what runs, and takes no more', async () => {
  await sandbox.open({
    id: 'a',
    bundle: await bundleOf(sinkWith('return await kv.get("a");')),
    settings: {},
    limits: { memory },
  });
  const gate = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<void>();
  const host = () => (asked.resolve(), gate.promise);

  const running = sandbox.call(rcpt('a', 'x', { host }));
  await asked.promise;
  const closed = sandbox.close('a');
  await expect(sandbox.call(rcpt('a', 'y'))).rejects.toMatchObject({ code: 'sink.unknown' });
  gate.resolve('late');
  expect(await running).toBe('late');
  await closed;
  expect(sandbox.status().tenants).toBe(0);
  expect(sandbox.status().hosts.filter(({ isolates }) => isolates > 0)).toEqual([]);
});

test('what is over its deadline is faulted, host calls included, and the sink goes on', async () => {
  const bundle = await bundleOf(sinkWith('return recipient === "slow" ? await kv.get("never") : seen;'));
  await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory } });

  await expect(sandbox.call(rcpt('a', 'slow', { host: never, deadline: 50 }))).rejects.toMatchObject({
    code: 'sandbox.deadline',
    context: { sink: 'a', event: 'onRcpt' },
  });
  expect(await sandbox.call(rcpt('a', 'x'))).toBe(2);
});

test('stopping faults what waits', async () => {
  const own = await openSandbox();
  await own.open({
    id: 'a',
    bundle: await bundleOf(sinkWith('return await kv.get("a");')),
    settings: {},
    limits: { memory },
  });
  const waiting = own.call(rcpt('a', 'x', { host: never }));
  const settled = waiting.catch((thrown: unknown) => thrown);

  await own[Symbol.asyncDispose]();
  expect(await settled).toMatchObject({ code: 'sandbox.stopped' });
  await expect(own.call(rcpt('a', 'x'))).rejects.toMatchObject({ code: 'sandbox.stopped' });
});
