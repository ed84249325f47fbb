import { setTimeout as wait } from 'node:timers/promises';
import { limits } from '../../core/sandbox/capabilities/limits.ts';
import { startSandbox, type Bundle, type Sandbox } from '../../core/sandbox/sandbox.ts';
import { openLog } from '../../core/telemetry/telemetry.ts';
import { quantiles } from './quantiles.ts';
import type { Result } from './result.ts';

/** Kills measured, and tenants beside the attacker that the spare has to have ready. */
const kills = process.env['LONG'] ? 200 : 40;
const bystanders = 20;
/** Milliseconds of CPU the attacker may use. */
const cpu = 100;

const sinkOf = (handle: string): Bundle => ({
  name: 'bench',
  hash: 'bench',
  map: '{"version":3,"sources":[],"names":[],"mappings":""}',
  code: `module.exports = { default: { manifest: {}, runtime: { configure: () => [], handle: ${handle} } } };`,
});
const quiet = sinkOf('() => ({ kind: "next", edits: [] })');
/** Hangs where no time limit reaches it. */
const hanging = sinkOf(
  '() => { let text = "a"; while (text.length < 2 ** 28) text += text; for (const at in Object(text)) at.length; }',
);

/**
 * How long after the wall limit of a sink that hangs its host everybody else is served again, and how much of that is
 * after the decision to end the host: the rest is how long the machine kept the host from using up its time.
 */
export async function benchRestore(): Promise<readonly Result[]> {
  let lost = 0;
  await using sandbox = await startSandbox({
    hosts: 1,
    log: openLog({ level: 'fatal' }),
    onEvent: ({ kind }) => {
      if (kind === 'host-lost') lost = performance.now();
    },
  });
  for (let at = 0; at < bystanders; at += 1) await sandbox.open({ id: `quiet-${at}`, bundle: quiet, settings: {} });
  const late: number[] = [];
  const decided: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const { start, end } = await restore(sandbox, kill);
    late.push(end - start - cpu - limits.grace);
    decided.push(end - lost);
  }
  return [...quantiles('sandbox.restore', late), ...quantiles('sandbox.restore.after-kill', decided)];
}

/** @returns when the attack began, and when the bystanders that were asked meanwhile were all answered */
async function restore(sandbox: Sandbox, kill: number): Promise<{ readonly start: number; readonly end: number }> {
  const id = `hanging-${kill}`;
  await sandbox.open({ id, bundle: hanging, settings: {} });
  await untilWarm(sandbox);
  await call(sandbox, 'quiet-0');
  const start = performance.now();
  const killed = call(sandbox, id).catch(() => undefined);
  await new Promise(setImmediate);
  await Promise.all(Array.from({ length: bystanders }, (_, at) => call(sandbox, `quiet-${at}`)));
  const end = performance.now();
  await killed;
  await sandbox.close(id);
  return { start, end };
}

/** The figure is that of a warm spare: how soon there is one again after a loss is another. */
async function untilWarm(sandbox: Sandbox): Promise<void> {
  const isWarm = (): boolean => {
    const { hosts } = sandbox.status();
    return ['spare', 'reserve'].every((role) =>
      hosts.some((host) => host.role === role && host.isolates >= (role === 'spare' ? bystanders : 0)),
    );
  };
  while (!isWarm()) await wait(10);
  await wait(50);
}

const call = (sandbox: Sandbox, tenant: string): Promise<unknown> =>
  sandbox.call({ tenant, event: 'onRcpt', payload: {}, deadline: 30_000, cpu, octets: null, host: async () => null });
