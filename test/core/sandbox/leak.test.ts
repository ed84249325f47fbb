import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bundleOf, megabytes, openSandbox, rcpt, sinkWith } from './sinks-in-text.ts';

const events = process.env['LONG'] ? 1_000_000 : 20_000;
const atOnce = 500;

/** Octets of memory a process holds, as Linux counts. */
function residentOf(pid: number | undefined): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
  return pages * 4096;
}

test(
  `a sink that keeps a little of each of ${events} events loses its isolate now and then; a bystander never errs; its host stays small`,
  { timeout: 900_000 },
  async () => {
    const sandbox = await openSandbox();
    // Enough to fill its isolate a few times over, whatever the number of events.
    const each = Math.ceil((100 * megabytes) / 8 / events);
    const leak = `(globalThis as any).kept ??= []; (globalThis as any).kept.push(new Array(${each}).fill(seen)); return seen;`;
    let most = 0;
    await sandbox.open({
      id: 'leaks',
      bundle: await bundleOf(sinkWith(leak)),
      settings: {},
      limits: { memory: 16 * megabytes },
    });
    await sandbox.open({ id: 'good', bundle: await bundleOf(sinkWith('return recipient;')), settings: {} });
    const codes = new Map<string, number>();
    const good: (readonly [string, unknown])[] = [];
    const ask = async (at: number): Promise<void> => {
      const code = await sandbox.call(rcpt('leaks', 'x', { deadline: 60_000 })).then(
        (seen) => {
          most = Math.max(most, Number(seen));
          return 'answered';
        },
        (fault: { readonly code?: unknown }) => String(fault.code),
      );
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (at % 10 === 0) good.push([`${at}`, await sandbox.call(rcpt('good', `${at}`, { deadline: 60_000 }))]);
    };
    for (let at = 0; at < events; at += atOnce)
      await Promise.all(Array.from({ length: atOnce }, (_, one) => ask(at + one)));

    expect(good.filter(([asked, answer]) => answer !== asked)).toEqual([]);
    expect([...codes.values()].reduce((sum, count) => sum + count, 0)).toBe(events);
    expect(
      [...codes.keys()].filter((code) => !['answered', 'sandbox.memory', 'sandbox.killed'].includes(code)),
    ).toEqual([]);
    // It counted from one again: its isolate had reached its limit.
    expect(most).toBeLessThan(events);
    expect(codes.get('answered')).toBeGreaterThan(0.9 * events);
    const active = sandbox.status().hosts.find(({ role }) => role === 'active');
    expect(residentOf(active?.pid)).toBeLessThan(512 * megabytes);
  },
);
