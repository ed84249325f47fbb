import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSandbox } from '../../core/sandbox/sandbox.ts';
import { openLog } from '../../core/telemetry/telemetry.ts';
import { openHostProgram } from '../../core/sandbox/host-program.ts';
import { Host } from '../../core/sandbox/supervisor.ts';
import { medianOf, type Result } from './result.ts';
import { benchNeighbour } from './sandbox-neighbour.ts';
import { benchRestore } from './sandbox-restore.ts';
import { rateOf, sinks } from './sandbox-load.ts';

/** As `npm start` has it: calls that wait for their answer need not grow old. */
const young = '--max-semi-space-size=64';
const log = openLog({ level: 'error' });

/** What the sandbox costs: in one thread against floors, and through the process around it. */
export async function benchSandbox(): Promise<readonly Result[]> {
  const inThread = await benchInThread(new URL('sandbox-thread.ts', import.meta.url));
  const quickjsThread = await benchInThread(new URL('sandbox-quickjs.ts', import.meta.url));
  const coldStart = await medianStart();
  const restored = await benchRestore();
  const beside = await benchNeighbour();
  await using sandbox = await startSandbox({ hosts: 1, log });
  const rates: number[] = [];
  for (const [id, bundle] of Object.entries(sinks)) {
    await sandbox.open({ id, bundle, settings: {} });
    rates.push(await rateOf((call) => sandbox.call(call), id));
  }
  await sandbox.open({ id: 'quickjs', bundle: sinks.k0, settings: {}, engine: 'quickjs' });
  const quickjs = await rateOf((call) => sandbox.call(call), 'quickjs');
  const [none = 0, one = 0] = rates;
  const thread = inThread.find(({ name }) => name === 'sandbox.thread.k0')?.value ?? Number.NaN;
  return [
    ...inThread,
    ...quickjsThread,
    { name: 'sandbox.process.ratio', value: none / thread, unit: '×' },
    { name: 'sandbox.events.k0', value: none, unit: 'events/s' },
    { name: 'sandbox.events.k1', value: one, unit: 'events/s' },
    { name: 'sandbox.quickjs.k0', value: quickjs, unit: 'events/s' },
    { name: 'sandbox.host.cold-start', value: coldStart, unit: 'ms' },
    ...restored,
    ...beside,
  ];
}

/** Milliseconds from nothing to a host that takes frames. */
async function medianStart(): Promise<number> {
  await using program = await openHostProgram();
  const { command } = program;
  const times: number[] = [];
  for (let count = 0; count < 7; count += 1) {
    const start = performance.now();
    const host = new Host({ command, log, onLost: () => undefined });
    await host.ready;
    times.push(performance.now() - start);
    await host.stop();
  }
  return medianOf(times);
}

/** In a process of its own: isolated-vm wants Node without its startup snapshot. */
async function benchInThread(url: URL): Promise<readonly Result[]> {
  const script = fileURLToPath(url);
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-node-snapshot', young, script]);
  const results: readonly Result[] = JSON.parse(stdout);
  return results;
}
