import { expect, test } from 'vitest';
import type { Limits } from '../../../core/limits.ts';
import type { LimitHit } from '../../../core/sandbox/sandbox.ts';
import { bundleOf, megabytes, rcpt, sinkWith, useSandbox } from './sinks-in-text.ts';

const sandbox = useSandbox();
const valueOf = async (): Promise<unknown> => 'value';

/** Opens a sink with these limits. @returns what it met: of its calls, and beside them */
async function openWith(body: string, limits: Partial<Limits>) {
  const met: LimitHit[] = [];
  const beside: LimitHit[] = [];
  const bundle = await bundleOf(sinkWith(body));
  await sandbox.open({ id: 'a', bundle, settings: {}, limits, onLimit: (hit) => void beside.push(hit) });
  const call = (more: object = {}): Promise<unknown> =>
    sandbox.call(rcpt('a', 'x', { host: valueOf, onLimit: (hit) => void met.push(hit), ...more }));
  return { call, met, beside };
}

const chain = `let said = '';
  for (let at = 0; at < 20 && said === ''; at += 1) await kv.get(String(at)).catch((e: Error) => { said = at + ': ' + e.message; });
  return said;`;

test('host calls above the limit of the sink are refused, and named once', async () => {
  const { call, met } = await openWith(chain, { hostCalls: 5 });
  expect(await call()).toBe('5: limit reached: host calls, at most 5 for one event');
  expect(met).toEqual([{ limit: 'hostCalls', allowed: 5, count: 1 }]);
});

test('host calls in flight above the limit of the sink are refused, and named once for all of a flood', async () => {
  const body = `const all = await Promise.allSettled(Array.from({ length: 30 }, (_, at) => kv.get(String(at))));
    return all.filter(({ status }) => status === 'fulfilled').length;`;
  const { call, met } = await openWith(body, { inFlight: 3 });
  expect(await call()).toBe(3);
  expect(met).toEqual([{ limit: 'inFlight', allowed: 3, count: 1 }]);
});

test('a host call that fills the outbox is refused and named; an answer that does is a fault that names it', async () => {
  const body = `const said = await kv.put('a', 'x'.repeat(4000)).then(() => 'put', (e: Error) => e.message);
    return seen === 1 ? said : 'x'.repeat(4000);`;
  const { call, met } = await openWith(body, { outbox: 2048 });
  expect(await call()).toBe('limit reached: outbox, at most 2048 characters for one event');
  expect(met).toEqual([{ limit: 'outbox', allowed: 2048, count: 1 }]);
  await expect(call()).rejects.toMatchObject({
    code: 'sandbox.limit',
    context: { limit: 'outbox', allowed: 2048, sink: 'a', event: 'onRcpt' },
  });
});

test('the text of an error is cut at the limit, and named', async () => {
  const { call, met } = await openWith("throw new Error('x'.repeat(5000));", { errorText: 300 });
  const fault: unknown = await call().catch((thrown: unknown) => thrown);
  expect(fault).toMatchObject({
    code: 'sandbox.threw',
    context: { error: expect.stringMatching(/^Error: x{200,300}$/) },
  });
  expect(met).toEqual([{ limit: 'errorText', allowed: 300, count: 1 }]);
});

test('memory, CPU and time over the limit are faults that name it and what is allowed', async () => {
  const body = `if (recipient === 'eat') { const kept: unknown[] = []; for (;;) kept.push(new Array(10_000).fill(seen)); }
    if (recipient === 'loop') for (;;);
    await kv.get('never');`;
  const { call } = await openWith(body, { memory: 12 * megabytes });
  const outcome = (recipient: string, more: object): Promise<unknown> =>
    call({ payload: { recipient }, ...more }).catch((thrown: unknown) => thrown);
  expect(await outcome('eat', { cpu: 10_000 })).toMatchObject({
    code: 'sandbox.memory',
    context: { limit: 'memory', allowed: 12 * megabytes },
  });
  expect(await outcome('loop', { cpu: 40 })).toMatchObject({
    code: 'sandbox.cpu',
    context: { limit: 'cpu', allowed: 40 },
  });
  expect(await outcome('wait', { deadline: 30, host: () => new Promise(() => undefined) })).toMatchObject({
    code: 'sandbox.deadline',
    context: { limit: 'wall', allowed: 30 },
  });
});

test('what a flood of log left out is named when the sink is replaced, whatever the minute', async () => {
  const body = "for (let at = 0; at < 100; at += 1) log.info('x'.repeat(100)); return next();";
  const { call, beside } = await openWith(body, { log: 2048 });
  for (let event = 0; event < 3; event += 1) await call();
  await sandbox.close('a');
  expect(beside.map(({ limit, allowed }) => [limit, allowed])).toContainEqual(['log', 2048]);
  // 300 lines of more than 100 characters: at most 20 fit into 2 KB, in each minute the test may have been in.
  const left = beside.reduce((sum, { count }) => sum + count, 0);
  expect(left).toBeGreaterThanOrEqual(240);
  expect(left).toBeLessThan(300);
});
