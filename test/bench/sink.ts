import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { watchFiles } from '../../core/config/watch.ts';
import { startSandbox, type Sandbox } from '../../core/sandbox/sandbox.ts';
import { openSinkFolders, type SinkFolders } from '../../core/sandbox/sink-folder.ts';
import { openLog } from '../../core/telemetry/telemetry.ts';
import type { Result } from './result.ts';

const calls = { warm: 3000, measured: 20_000 };
/** `apart`: milliseconds between two saves. */
const saves = { warm: 5, measured: 60, apart: 120 };
const memory = 64 * 2 ** 20;
const log = openLog({ level: 'error' });

/** A sink as somebody might write it; `version` is what it answers with. */
const source = (version: number): string => `
import { defineSink, next, reject } from '@sluice/sdk';
const blocked = new Set(['spam.example', 'bad.example']);
export default defineSink({
  name: 'probe', version: '${version}.0.0', description: 'Looks at the domain.', role: 'decides',
  async onRcpt({ recipient, envelope }) {
    const domain = recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase();
    if (blocked.has(domain)) return reject('No such domain');
    return { ...next(), version: ${version} } as any;
  },
});
`;

/** What a call of a sink costs in the sandbox, and how long a saved file takes to answer. No server, no client. */
export async function benchSink(): Promise<readonly Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'probe'));
  await writeFile(join(folder, 'probe', 'sink.ts'), source(0));
  const sandbox = stack.use(await startSandbox({ log }));
  const sinks = stack.use(await openSinkFolders({ folders: [folder], describe: (bundle) => sandbox.describe(bundle) }));
  await open(sandbox, sinks);

  return [...(await benchCall(sandbox)), ...(await benchSave(folder, sandbox, sinks))];
}

let tenant = '';

async function open(sandbox: Sandbox, sinks: SinkFolders): Promise<void> {
  const revision = sinks.current().get('probe');
  if (!revision) throw new Error(`the sink does not load: ${JSON.stringify(sinks.problems())}`);
  const problems = await sandbox.open({ id: revision.hash, bundle: revision.bundle, settings: {}, limits: { memory } });
  if (problems.length > 0) throw new Error(problems.join(', '));
  tenant = revision.hash;
}

function call(sandbox: Sandbox): Promise<unknown> {
  return sandbox.call({
    tenant,
    event: 'onRcpt',
    payload: {
      recipient: 'bob@example.test',
      parameters: {},
      local: true,
      envelope: { reversePath: 'ann@example.org', recipients: [] },
      traceId: 'trace',
      virtualServer: { id: 'mx', protocol: 'smtp' },
      binding: { name: 'probe', priority: 100 },
      session: null,
    },
    deadline: 5000,
    cpu: 100,
    octets: null,
    host: async () => null,
  });
}

async function benchCall(sandbox: Sandbox): Promise<readonly Result[]> {
  for (let count = 0; count < calls.warm; count += 1) await call(sandbox);
  const durations: number[] = [];
  for (let count = 0; count < calls.measured; count += 1) {
    const start = performance.now();
    await call(sandbox);
    durations.push(performance.now() - start);
  }
  const start = performance.now();
  await Promise.all(Array.from({ length: 256 }, () => callAgain(sandbox, 400)));
  const rate = (256 * 400 * 1000) / (performance.now() - start);
  return [...quantilesOf('sink.call', durations), { name: 'sink.call.rate', value: rate, unit: 'events/s' }];
}

async function callAgain(sandbox: Sandbox, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await call(sandbox);
}

/** From the save of a file to the first answer of the new version, over the watcher the platform uses. */
async function benchSave(folder: string, sandbox: Sandbox, sinks: SinkFolders): Promise<readonly Result[]> {
  let onLive: (() => void) | null = null;
  const swap = async (): Promise<void> => {
    const { changed } = await sinks.rescan('probe');
    if (changed.length === 0) return;
    const old = tenant;
    await open(sandbox, sinks);
    await call(sandbox);
    onLive?.();
    await sandbox.close(old);
  };
  await using _watcher = await watchFiles([folder], { log }, () => void swap());
  const durations: number[] = [];
  for (let version = 1; version <= saves.warm + saves.measured; version += 1) {
    const live = Promise.withResolvers<void>();
    onLive = live.resolve;
    const start = performance.now();
    await writeFile(join(folder, 'probe', 'sink.ts'), source(version));
    await live.promise;
    if (version > saves.warm) durations.push(performance.now() - start);
    // Nobody saves twice within a watcher's throttle.
    await setTimeout(saves.apart);
  }
  return quantilesOf('sink.save-to-live', durations);
}

function quantilesOf(name: string, durations: readonly number[]): readonly Result[] {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return [
    { name: `${name}.p50`, value: at(0.5), unit: 'ms' },
    { name: `${name}.p99`, value: at(0.99), unit: 'ms' },
  ];
}
