import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openHostProgram } from '../../../core/sandbox/host-program.ts';
import { bundleOf, hangHost, megabytes, openSandbox, rcpt, sinkWith } from './sinks-in-text.ts';

const sandbox = fileURLToPath(new URL('../../../core/sandbox/sandbox.ts', import.meta.url));
const isGone = (pid: number): boolean => !existsSync(`/proc/${pid}`);
const core = `
  import { startSandbox } from ${JSON.stringify(sandbox)};
  const log = { debug() {}, info() {}, warn() {}, error() {}, child() { return log; } };
  const sandbox = await startSandbox({ hosts: 1, log });
  const bundle = JSON.parse(process.argv[1]);
  if (bundle) {
    await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory: 16 * 2 ** 20 } });
    void sandbox.call({ tenant: 'a', event: 'onRcpt', payload: {}, deadline: 60_000, cpu: 1_000, octets: null, host: async () => null });
  }
  setImmediate(() => console.log(JSON.stringify(sandbox.status().hosts.map((host) => host.pid))));
`;

async function startCore(bundle: unknown): Promise<{ readonly pids: readonly number[]; kill: () => Promise<unknown> }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', core, JSON.stringify(bundle)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line]: unknown[] = await once(createInterface(child.stdout), 'line');
  const exited = once(child, 'exit');
  return { pids: JSON.parse(String(line)), kill: () => (child.kill('SIGKILL'), exited) };
}

test('hosts end when the core is killed', async () => {
  const { pids, kill } = await startCore(null);
  expect(pids.map(isGone)).toEqual([false, false]);
  await kill();
  await vi.waitFor(() => expect(pids.map(isGone)).toEqual([true, true]), { timeout: 10_000 });
});

test('a host that hangs where no timeout reaches it ends as well when the core is killed', async () => {
  const { pids, kill } = await startCore(await bundleOf(sinkWith(hangHost)));
  await kill();
  await vi.waitFor(() => expect(pids.map(isGone)).toEqual([true, true]), { timeout: 20_000 });
});

test('a host may read its own code and packages, and nothing else', async () => {
  await using program = await openHostProgram();
  const tries = [
    "fs.readFileSync('/etc/passwd')",
    "fs.writeFileSync('/tmp/sluice-host', '')",
    "child_process.spawnSync('true')",
    "await new Promise((_, fail) => net.connect(9, '127.0.0.1').on('error', fail))",
  ];
  const script = `
    import fs from 'node:fs'; import net from 'node:net'; import child_process from 'node:child_process';
    const said = [];
    ${tries.map((one) => `try { ${one}; said.push('allowed'); } catch (error) { said.push(error.code); }`).join('\n')}
    console.log(JSON.stringify([said, Object.keys(process.env)]));`;
  const { stdout, stderr } = spawnSync(process.execPath, [...program.flags, '--input-type=module', '-e', script], {
    env: {},
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([tries.map(() => 'ERR_ACCESS_DENIED'), []]);
});

test('a killed host is replaced: the spare serves at once, and another spare follows', async () => {
  const events: string[] = [];
  const sandboxUnderTest = await openSandbox({ onEvent: ({ kind }) => void events.push(kind) });
  await sandboxUnderTest.open({
    id: 'a',
    bundle: await bundleOf(sinkWith('return recipient;')),
    settings: {},
    limits: { memory: 16 * megabytes },
  });
  const [active, spare] = sandboxUnderTest.status().hosts;

  process.kill(active?.pid ?? 0, 'SIGKILL');
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, (_, at) => sandboxUnderTest.call(rcpt('a', `${at}`))),
  );
  const others = () => sandboxUnderTest.status().hosts.filter(({ role }) => role === 'active' || role === 'spare');
  await vi.waitFor(() => expect(others()).toHaveLength(2), { timeout: 10_000 });

  expect(others()).toMatchObject([{ pid: spare?.pid, role: 'active' }, { role: 'spare' }]);
  expect(answers.every((one) => one.status === 'fulfilled' || one.reason.code === 'sandbox.killed')).toBe(true);
  expect(await sandboxUnderTest.call(rcpt('a', 'after'))).toBe('after');
  expect(events.slice(0, 4)).toEqual(['host-started', 'host-started', 'host-lost', 'host-started']);
});

test('with two active hosts tenants are spread, and those of the other host never notice that one is killed', async () => {
  const two = await openSandbox({ hosts: 2 });
  const bundle = await bundleOf(sinkWith('return seen;'));
  for (const id of ['a', 'b']) await two.open({ id, bundle, settings: {}, limits: { memory: 16 * megabytes } });
  const [first, second, spare] = two.status().hosts;
  expect([first, second, spare].map((host) => [host?.role, host?.isolates])).toEqual([
    ['active', 1],
    ['active', 1],
    ['spare', 2],
  ]);
  for (const id of ['a', 'b']) expect(await two.call(rcpt(id, 'x'))).toBe(1);

  process.kill(first?.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(two.status().hosts[0]?.pid).toBe(spare?.pid), { timeout: 10_000 });
  expect(await Promise.all([two.call(rcpt('a', 'x')), two.call(rcpt('b', 'x'))])).toEqual([1, 2]);
});
