import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, onTestFinished } from 'vitest';
import { engineOption } from '../../../core/engine.ts';
import { buildSink } from '../../../core/sandbox/bundle.ts';
import { formatProblem } from '../../../core/sandbox/problem.ts';
import { startSandbox, type Bundle, type Sandbox, type SinkCall } from '../../../core/sandbox/sandbox.ts';

/** What runs the sinks of these suites: both engines do, one after the other (see vitest.config.ts). */
export const engine = engineOption.parse(process.env['SLUICE_TEST_ENGINE'] ?? 'isolate');

/** A folder for sinks, removed after the test. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-sinks-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes `<folder>/<name>/sink.ts`. @returns the sink's own folder */
export async function writeSink(folder: string, name: string, source: string): Promise<string> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'sink.ts'), source);
  return join(folder, name);
}

/** A sink whose onRcpt has this body; `recipient`, `kv`, `message`, `log` are there, and `seen`, a counter of its own. */
export const sinkWith = (body: string, { name = 'probe', settings = '' } = {}): string => `
import { defineSink, next, type Capabilities } from '@sluice/sdk';
let seen = 0;
export default defineSink({
  name: '${name}', version: '1.0.0', description: 'A probe.', role: 'decides', needs: ['kv', 'message', 'clock'],
  ${settings}
  async onRcpt({ recipient, settings }, { kv, message, log, clock }): Promise<any> {
    seen += 1;
    ${body}
  },
});
`;

const long = "let long: any = 'a'; while (long.length < 2 ** 28) long += long;";
/** Code that ends its process: V8 aborts on an array this large, and RegExp.prototype is not guarded. */
export const endHost = `${long} RegExp.prototype[Symbol.match].call(/a/g, long);`;
/** Code that hangs where no time limit reaches it. */
export const hangHost = `${long} for (const at in Object(long)) at.length;`;

/** Bundles a source. */
export async function bundleOf(source: string, name = 'probe'): Promise<Bundle> {
  const built = await buildSink(await writeSink(await makeFolder(), name, source));
  if (built.kind === 'bundle') return built.bundle;
  throw new Error(built.problems.map(formatProblem).join('\n'));
}

/**
 * One sandbox for all tests of a file, because starting one takes a third of a second; each test finds it without
 * tenants, and with whatever the tests before did to its hosts.
 */
export function useSandbox(): Sandbox {
  const opened = new Set<string>();
  let sandbox: Sandbox | undefined;
  const started = (): Sandbox => {
    if (sandbox) return sandbox;
    throw new Error('the sandbox is not started yet');
  };
  beforeAll(async () => {
    sandbox = await startSandbox({ hosts: 1, engine, log: silent });
  });
  afterEach(async () => {
    await Promise.all([...opened].map((id) => started().close(id)));
    opened.clear();
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());
  return {
    describe: (bundle) => started().describe(bundle),
    open: (tenant) => (opened.add(tenant.id), started().open(tenant)),
    call: (call) => started().call(call),
    close: (tenant) => started().close(tenant),
    pardon: (tenant) => started().pardon(tenant),
    status: () => started().status(),
    [Symbol.asyncDispose]: () => started()[Symbol.asyncDispose](),
  };
}

/** A sandbox that is gone after the test. */
export async function openSandbox(options: Partial<Parameters<typeof startSandbox>[0]> = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ hosts: 1, engine, log: silent, ...options });
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  return sandbox;
}

/** A log nobody reads. */
export const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** A call of onRcpt with what a test does not care about. */
export const rcpt = (tenant: string, recipient: string, more: Partial<SinkCall> = {}): SinkCall => ({
  tenant,
  event: 'onRcpt',
  payload: { recipient },
  deadline: 10_000,
  cpu: 200,
  octets: null,
  host: async () => null,
  ...more,
});

export const megabytes = 2 ** 20;
