import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { usualWear } from '../../../core/sandbox/wear.ts';
import { bundleOf, megabytes, openSandbox, rcpt, sinkWith } from './sinks-in-text.ts';

/** Octets of memory a process holds, as Linux counts. */
function residentOf(pid: number | undefined): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4096;
}

const count = process.env['LONG'] ? 2000 : 60;

test(
  'a host in which many isolates were closed is swapped: no event is lost, memory is that of a fresh one',
  { timeout: 300_000 },
  async () => {
    const swapped: number[] = [];
    const sandbox = await openSandbox({
      wear: { ...usualWear, retired: 20 },
      onEvent: ({ kind, pid }) => void (kind === 'host-recycled' && swapped.push(pid)),
    });
    const bundle = await bundleOf(
      sinkWith("const kept = new Array(100_000).fill(recipient); await kv.get('a'); return kept.length;"),
    );
    await sandbox.open({
      id: 'steady',
      bundle: await bundleOf(sinkWith("await kv.get('a'); return recipient;")),
      settings: {},
    });
    const answers: Promise<unknown>[] = [];
    const gate = Promise.withResolvers<unknown>();
    const waiting = sandbox.call(rcpt('steady', 'waits', { host: () => gate.promise, deadline: 120_000 }));
    for (let revision = 0; revision < count; revision += 1) {
      const id = `one@${revision}`;
      await sandbox.open({ id, bundle, settings: {} });
      answers.push(sandbox.call(rcpt('steady', `${revision}`, { host: async () => 1 })));
      expect(await sandbox.call(rcpt(id, 'x'))).toBe(100_000);
      await sandbox.close(id);
    }
    expect(await Promise.all(answers)).toEqual(Array.from({ length: count }, (_, at) => `${at}`));
    await vi.waitFor(() => expect(swapped.length).toBeGreaterThan(0), 20_000);
    gate.resolve(1);
    expect(await waiting).toBe('waits');
    await vi.waitFor(
      () => expect(sandbox.status().hosts.map(({ role }) => role)).toEqual(['active', 'spare', 'reserve']),
      20_000,
    );
    const [active, spare] = sandbox.status().hosts;
    expect(swapped).not.toContain(active?.pid);
    // What closed isolates leave does not add up: the host in use holds what one that has only just opened holds, about.
    expect(active?.isolates).toBe(1);
    expect(residentOf(active?.pid)).toBeLessThan(residentOf(spare?.pid) + 64 * megabytes);
    expect(new Set(swapped).size).toBe(swapped.length);
  },
);

test('a host is not swapped for its memory while it is young, nor without a warm spare', async () => {
  const events: string[] = [];
  const sandbox = await openSandbox({
    wear: { retired: 1000, memory: megabytes, age: 60_000 },
    onEvent: ({ kind }) => void events.push(kind),
  });
  await sandbox.open({ id: 'a', bundle: await bundleOf(sinkWith('return seen;')), settings: {} });
  for (let call = 1; call <= 50; call += 1) expect(await sandbox.call(rcpt('a', 'x'))).toBe(call);
  expect(events).not.toContain('host-recycled');
});

test('a host is swapped for its memory once it is old enough', async () => {
  const events: string[] = [];
  const sandbox = await openSandbox({
    wear: { retired: 1000, memory: -1024 * megabytes, age: 0 },
    onEvent: ({ kind }) => void events.push(kind),
  });
  await sandbox.open({
    id: 'a',
    bundle: await bundleOf(sinkWith("await kv.get('a'); return recipient;")),
    settings: {},
  });
  const calls: unknown[] = [];
  await vi.waitFor(async () => {
    calls.push(await sandbox.call(rcpt('a', 'x')));
    expect(events).toContain('host-recycled');
  }, 20_000);
  expect(new Set(calls)).toEqual(new Set(['x']));
});
