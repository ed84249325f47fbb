import { startSandbox, type Bundle, type Sandbox } from '../../core/sandbox/sandbox.ts';
import { openLog } from '../../core/telemetry/telemetry.ts';
import { quantiles } from './quantiles.ts';
import type { Result } from './result.ts';

/** Calls measured, calls of the noisy neighbour under way, and milliseconds each of those keeps the host busy. */
const load = { calls: 200, inFlight: 64, busy: 2 };

const sinkOf = (handle: string): Bundle => ({
  name: 'bench',
  hash: 'bench',
  map: '{"version":3,"sources":[],"names":[],"mappings":""}',
  code: `module.exports = { default: { manifest: {}, runtime: { configure: () => [], handle: ${handle} } } };`,
});
const quiet = sinkOf('() => ({ kind: "next", edits: [] })');
const noisy = sinkOf(`() => { const end = Date.now() + ${load.busy}; while (Date.now() < end); return null; }`);

/** How long an event of one sink takes, alone in its host, and beside one that never stops working. */
export async function benchNeighbour(): Promise<readonly Result[]> {
  await using sandbox = await startSandbox({ hosts: 1, log: openLog({ level: 'fatal' }) });
  await sandbox.open({ id: 'quiet', bundle: quiet, settings: {} });
  await sandbox.open({ id: 'noisy', bundle: noisy, settings: {} });
  const alone = await latencies(sandbox);
  const done = new AbortController();
  const neighbours = Array.from({ length: load.inFlight }, async () => {
    while (!done.signal.aborted) await call(sandbox, 'noisy').catch(() => undefined);
  });
  const beside = await latencies(sandbox);
  done.abort();
  await Promise.all(neighbours);
  return [...quantiles('sandbox.neighbour.alone', alone), ...quantiles('sandbox.neighbour.noisy', beside)];
}

/** @returns milliseconds of each call, one after the other */
async function latencies(sandbox: Sandbox): Promise<readonly number[]> {
  const times: number[] = [];
  for (let count = 0; count < load.calls; count += 1) {
    const start = performance.now();
    await call(sandbox, 'quiet');
    times.push(performance.now() - start);
  }
  return times;
}

const call = (sandbox: Sandbox, tenant: string): Promise<unknown> =>
  sandbox.call({
    tenant,
    event: 'onRcpt',
    payload: {},
    deadline: 30_000,
    cpu: 100,
    octets: null,
    host: async () => null,
  });
