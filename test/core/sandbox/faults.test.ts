import { describe, expect, test } from 'vitest';
import { bundleOf, endHost, engine, hangHost, megabytes, useSandbox, rcpt, sinkWith } from './sinks-in-text.ts';

const memory = 16 * megabytes;
const sandbox = useSandbox();

/** What differs: QuickJS has words of its own, and what ends V8 with its process only ends the sink. */
const isQuickJs = engine === 'quickjs';
const notThere = (name: string): string => (isQuickJs ? `'${name}' is not defined` : `${name} is not defined`);

type Attack = { readonly does: string; readonly body: string; readonly fault: unknown; readonly cpu?: number };

const attacks: readonly Attack[] = [
  { does: 'throws', body: 'throw new Error("no");', fault: { code: 'sandbox.threw' } },
  {
    does: 'throws no error',
    body: 'throw undefined;',
    fault: { code: 'sandbox.threw', context: { error: 'undefined' } },
  },
  {
    does: 'throws what cannot be read',
    body: 'throw new Proxy({}, { has() { throw 1; }, get() { throw 1; } });',
    fault: { code: 'sandbox.threw', context: { error: 'an error that cannot be read' } },
  },
  {
    does: 'throws a getter that loops',
    body: 'throw { get stack() { for (;;); } };',
    fault: { code: 'sandbox.cpu' },
  },
  { does: 'loops', body: 'for (;;);', fault: { code: 'sandbox.cpu', context: { allowed: 200 } } },
  { does: 'loops after await', body: 'await null; for (;;);', fault: { code: 'sandbox.cpu' } },
  { does: 'loops after a host call', body: 'await kv.get("a"); for (;;);', fault: { code: 'sandbox.cpu' } },
  {
    does: 'queues microtasks for ever',
    body: 'const again = () => void Promise.resolve().then(again); again(); await new Promise(() => undefined);',
    fault: { code: 'sandbox.cpu' },
  },
  {
    does: 'eats memory',
    body: 'const kept: unknown[] = []; for (;;) kept.push(new Array(10_000).fill(seen));',
    fault: { code: 'sandbox.memory' },
    cpu: 5000,
  },
  {
    does: 'eats memory its isolate does not count',
    body: `const kept: unknown[] = [];
      for (;;) {
        const buffer: any = new ArrayBuffer(0, { maxByteLength: 2 ** 27 });
        buffer.resize(2 ** 27);
        kept.push(new Uint8Array(buffer).fill(1));
      }`,
    fault: { code: 'sandbox.threw', context: { error: expect.stringMatching(/^TypeError: .*not a function/) } },
    cpu: 5000,
  },
  {
    does: 'answers a function',
    body: 'return () => 1;',
    fault: { code: 'sandbox.answer', context: { error: 'a function cannot be an answer' } },
  },
  { does: 'answers a circle', body: 'const a: any = {}; a.a = a; return a;', fault: { code: 'sandbox.answer' } },
  { does: 'answers too much', body: 'return "x".repeat(2 ** 21);', fault: { code: 'sandbox.limit' } },
  {
    does: 'breaks the bridge',
    body: 'JSON.stringify = () => "]"; Promise.prototype.then = () => { throw 1; }; Map.prototype.get = () => 1; return next();',
    fault: expect.anything(),
  },
  { does: 'ends its host', body: endHost, fault: { code: isQuickJs ? 'sandbox.memory' : 'sandbox.killed' } },
  {
    does: 'hangs its host',
    body: hangHost,
    fault: { code: isQuickJs ? 'sandbox.memory' : 'sandbox.killed' },
  },
  {
    does: 'hangs its host in what it throws',
    body: 'Promise.reject({ get message() { for (;;); } }); return next();',
    fault: expect.anything(),
  },
];

describe('a sink that', () => {
  test.each(attacks)('$does gets its own fault; a bystander answers every call', async ({ body, fault, cpu = 200 }) => {
    await sandbox.open({ id: 'bad', bundle: await bundleOf(sinkWith(body)), settings: {}, limits: { memory } });
    await sandbox.open({
      id: 'good',
      bundle: await bundleOf(sinkWith('return await kv.get(recipient);')),
      settings: {},
      limits: { memory },
    });

    const good = (at: number): Promise<unknown> => sandbox.call(rcpt('good', `${at}`, { host: valueOf }));
    const before = Array.from({ length: 50 }, (_, at) => good(at));
    const outcome = await sandbox.call(rcpt('bad', 'x', { cpu, host: valueOf })).catch((thrown: unknown) => thrown);
    const after = Array.from({ length: 50 }, (_, at) => good(at + 50));

    expect([outcome]).toMatchObject([fault]);
    expect(await Promise.all([...before, ...after])).toEqual(Array.from({ length: 100 }, (_, at) => `value of ${at}`));
    await expectAlive();
  });
});

const valueOf = async (_: string, [key]: readonly unknown[]): Promise<unknown> => `value of ${String(key)}`;

/** The sandbox takes new tenants, whatever the sink did. */
async function expectAlive(): Promise<void> {
  await sandbox.open({ id: 'new', bundle: await bundleOf(sinkWith('return seen;')), settings: {}, limits: { memory } });
  expect(await sandbox.call(rcpt('new', 'x'))).toBe(1);
}

test('a sink that threw says where, in its TypeScript source', async () => {
  const bundle = await bundleOf(sinkWith('const none: any = null;\n    await kv.get("a");\n    return none.domain;'));
  await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory } });

  await expect(sandbox.call(rcpt('a', 'x'))).rejects.toMatchObject({
    code: 'sandbox.threw',
    context: {
      at: expect.stringMatching(/probe\/sink\.ts:11:1[67]$/),
      error: expect.stringMatching(
        /^TypeError: [Cc]annot read propert.*'domain'.*\n {4}at .*probe\/sink\.ts:11:1[67]\)?$/,
      ),
    },
  });
});

test('in a frame of many events only the one that loops is faulted; the others answer', async () => {
  await sandbox.open({
    id: 'a',
    bundle: await bundleOf(sinkWith('if (recipient === "7") for (;;); return recipient;')),
    settings: {},
    limits: { memory },
  });

  const calls = Array.from({ length: 20 }, (_, at) => sandbox.call(rcpt('a', `${at}`, { cpu: 100 })));
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))).toEqual(
    Array.from({ length: 20 }, (_, at) => (at === 7 ? 'sandbox.cpu' : `${at}`)),
  );
});

test('an isolate that was disposed of is built again for the next call', async () => {
  const body =
    'if (recipient === "eat") { const kept = []; for (;;) kept.push(new Array(10_000).fill(seen)); } return seen;';
  await sandbox.open({ id: 'a', bundle: await bundleOf(sinkWith(body)), settings: {}, limits: { memory } });

  expect(await sandbox.call(rcpt('a', 'x'))).toBe(1);
  await expect(sandbox.call(rcpt('a', 'eat', { cpu: 5000 }))).rejects.toMatchObject({ code: 'sandbox.memory' });
  expect(await sandbox.call(rcpt('a', 'x'))).toBe(1);
});

test('an event that runs again, because its host was killed, finds the answers of its host calls', async () => {
  const bundle = await bundleOf(sinkWith('const first = await kv.get("once"); return [first, await kv.get("gate")];'));
  await sandbox.open({ id: 'good', bundle, settings: {}, limits: { memory } });
  await sandbox.open({
    id: 'bad',
    bundle: await bundleOf(sinkWith(endHost)),
    settings: {},
    engine: 'isolate',
    limits: { memory },
  });
  const gate = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<void>();
  const made: unknown[] = [];
  const host = async (_: string, [key]: readonly unknown[]) => {
    made.push(key);
    if (key !== 'gate') return made.length;
    asked.resolve();
    return await gate.promise;
  };

  const waiting = sandbox.call(rcpt('good', 'x', { host }));
  await asked.promise;
  await expect(sandbox.call(rcpt('bad', 'x'))).rejects.toMatchObject({ code: 'sandbox.killed' });
  gate.resolve('open');
  expect(await waiting).toEqual([1, 'open']);
  expect(made).toEqual(['once', 'gate']);
});

test('a flood of host calls is refused by name, in flight and in all', async () => {
  const flood = `const said = await Promise.all(Array.from({ length: 20 }, (_, at) => kv.get(String(at)).catch((e: Error) => e.message)));
    return [said[15], said[16]];`;
  const chain = `let said = '';
    for (let at = 0; at < 60 && said === ''; at += 1) await kv.get(String(at)).catch((e: Error) => { said = at + ': ' + e.message; });
    return said;`;
  await sandbox.open({ id: 'flood', bundle: await bundleOf(sinkWith(flood)), settings: {}, limits: { memory } });
  await sandbox.open({ id: 'chain', bundle: await bundleOf(sinkWith(chain)), settings: {}, limits: { memory } });

  expect(await sandbox.call(rcpt('flood', 'x', { host: valueOf }))).toEqual([
    'value of 15',
    'limit reached: host calls in flight, at most 16; await some first',
  ]);
  expect(await sandbox.call(rcpt('chain', 'x', { host: valueOf }))).toBe(
    '50: limit reached: host calls, at most 50 for one event',
  );
});

test('a flood of log is cut off at 64 KB, and the sink goes on', async () => {
  const body = 'for (let at = 0; at < 2000; at += 1) log.info("x".repeat(100)); return "done";';
  await sandbox.open({ id: 'a', bundle: await bundleOf(sinkWith(body)), settings: {}, limits: { memory } });
  let written = 0;
  const host = async (_: string, args: readonly unknown[]) => void (written += JSON.stringify(args).length);

  for (let at = 0; at < 3; at += 1) expect(await sandbox.call(rcpt('a', 'x', { host }))).toBe('done');
  expect(written).toBeGreaterThan(32 * 1024);
  expect(written).toBeLessThanOrEqual(64 * 1024);
});

test('what is not there says so readably', async () => {
  const body = `const say = (run: () => unknown) => { try { return typeof run(); } catch (error) { return String(error); } };
    return [
      say(() => setTimeout(() => 1, 1)), say(() => eval('1')), say(() => new Function('return 1')),
      say(() => Object.getPrototypeOf(async () => 1).constructor('return 1')), say(() => WebAssembly), say(() => SharedArrayBuffer),
      say(() => Atomics), say(() => (globalThis as any).process), say(() => require(recipient)),
    ];`;
  await sandbox.open({ id: 'a', bundle: await bundleOf(sinkWith(body)), settings: {}, limits: { memory } });

  expect(await sandbox.call(rcpt('a', 'fs'))).toEqual([
    'TypeError: setTimeout is not available in a sink: declare a timer in the manifest and handle onTimer',
    'TypeError: eval is not available in a sink: code cannot be made from text',
    'TypeError: Function is not available in a sink: code cannot be made from text',
    'TypeError: Function is not available in a sink: code cannot be made from text',
    `ReferenceError: ${notThere('WebAssembly')}`,
    `ReferenceError: ${notThere('SharedArrayBuffer')}`,
    `ReferenceError: ${notThere('Atomics')}`,
    'undefined',
    'Error: a sink is one file: it cannot load "fs" while it runs',
  ]);
});

test('a bundle that ends its host while it is loaded is refused, and nothing else is hurt', async () => {
  await sandbox.open({
    id: 'good',
    bundle: await bundleOf(sinkWith('return seen;')),
    settings: {},
    limits: { memory },
  });
  const bundle = await bundleOf(`${endHost}\n${sinkWith('')}`);

  const refused = sandbox.describe(bundle).catch((thrown: unknown) => thrown);
  expect(await sandbox.call(rcpt('good', 'x'))).toBe(1);
  expect(await refused).toMatchObject({
    code: 'sandbox.load',
    context: {
      sink: 'probe',
      error: isQuickJs ? 'loading it takes more memory than it may use' : 'loading it ended its sandbox host',
    },
  });
  expect(await sandbox.call(rcpt('good', 'x'))).toBe(2);
});

test('a bundle that loops while it is loaded is refused', async () => {
  await expect(sandbox.describe(await bundleOf(`for (;;);\n${sinkWith('')}`))).rejects.toMatchObject({
    code: 'sandbox.load',
    context: { error: 'loading it takes longer than 1000 ms' },
  });
});
