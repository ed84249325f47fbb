import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { Sandbox } from '../../../core/sandbox/sandbox.ts';
import { bundleOf, megabytes, openSandbox, rcpt, sinkWith } from './sinks-in-text.ts';

const source = sinkWith("if (recipient === 'loop') for (;;); return seen;");

/** Sinks `a` and `b`: each counts its calls, and loops when it is told to. */
async function openBoth(penaltyIdle = 60_000): Promise<Sandbox> {
  const sandbox = await openSandbox({ penaltyIdle });
  const bundle = await bundleOf(source);
  for (const id of ['a', 'b']) await sandbox.open({ id, bundle, settings: {}, limits: { memory: 16 * megabytes } });
  // Until it has loaded them, that is what a host is killed for.
  for (const id of ['a', 'b']) expect(await sandbox.call(rcpt(id, 'x'))).toBe(1);
  return sandbox;
}

const hostOf = (sandbox: Sandbox, role: string) => sandbox.status().hosts.find((host) => host.role === role);
const isolates = (sandbox: Sandbox) =>
  sandbox.status().hosts.flatMap(({ role, isolates: count }) => (role === 'reserve' ? [] : [[role, count]]));

/** What `a` does ends its host, as the kernel sees it. */
async function kill(sandbox: Sandbox, role: string): Promise<void> {
  const killed = sandbox.call(rcpt('a', 'loop', { cpu: 60_000, deadline: 60_000 }));
  await setImmediate();
  await vi.waitFor(() => process.kill(hostOf(sandbox, role)?.pid ?? 0, 'SIGKILL'), { timeout: 10_000 });
  await expect(killed).rejects.toMatchObject({ code: 'sandbox.killed' });
}

test('a tenant that ended a host runs apart from then on, and ends nobody else when it does it again', async () => {
  const sandbox = await openBoth();
  await kill(sandbox, 'active');
  expect(await sandbox.call(rcpt('b', 'x'))).toBe(1);
  expect(await sandbox.call(rcpt('a', 'x'))).toBe(1);
  await vi.waitFor(
    () =>
      expect(isolates(sandbox)).toEqual([
        ['active', 1],
        ['spare', 1],
        ['penalty', 1],
      ]),
    10_000,
  );

  const { pid } = hostOf(sandbox, 'active') ?? {};
  await kill(sandbox, 'penalty');
  expect([await sandbox.call(rcpt('b', 'x')), hostOf(sandbox, 'active')?.pid]).toEqual([2, pid]);
  expect(await sandbox.call(rcpt('a', 'x'))).toBe(1);
});

test('what others in the penalty host had under way is done again, in the next one', async () => {
  const sandbox = await openBoth();
  await sandbox.close('b');
  const bundle = await bundleOf(source);
  await sandbox.open({ id: 'b', bundle, settings: {}, limits: { memory: 16 * megabytes }, isStruck: true });
  await kill(sandbox, 'active');
  expect(await sandbox.call(rcpt('a', 'x'))).toBe(1);
  const loops = sandbox.call(rcpt('a', 'loop', { cpu: 60_000, deadline: 60_000 }));
  await setImmediate();
  const waits = sandbox.call(rcpt('b', 'x'));
  await setImmediate();
  process.kill(hostOf(sandbox, 'penalty')?.pid ?? 0, 'SIGKILL');
  await expect(loops).rejects.toMatchObject({ code: 'sandbox.killed' });
  expect(await waits).toBe(1);
});

test('the penalty host ends when nobody in it has anything to do, and is there again for the next call', async () => {
  const sandbox = await openBoth(20);
  await kill(sandbox, 'active');
  expect(hostOf(sandbox, 'penalty')).toBe(undefined);
  for (let turn = 0; turn < 2; turn += 1) {
    expect(await sandbox.call(rcpt('a', 'x'))).toBe(1);
    await vi.waitFor(() => expect(hostOf(sandbox, 'penalty')).toBe(undefined), 10_000);
  }
});

test('a pardoned tenant runs among the others again', async () => {
  const sandbox = await openBoth();
  await kill(sandbox, 'active');
  expect(await sandbox.call(rcpt('a', 'x'))).toBe(1);
  sandbox.pardon('a');
  expect(await sandbox.call(rcpt('a', 'x'))).toBe(1);
  await vi.waitFor(
    () =>
      expect(isolates(sandbox)).toEqual([
        ['active', 2],
        ['spare', 2],
        ['penalty', 0],
      ]),
    10_000,
  );
});
