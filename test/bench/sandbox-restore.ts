import { limits } from '../../core/sandbox/capabilities/limits.ts';
import { startSandbox, type Bundle, type Sandbox } from '../../core/sandbox/sandbox.ts';
import { openLog } from '../../core/telemetry/telemetry.ts';
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

/** How long after the wall limit of a sink that hangs its host everybody else is served again. */
export async function benchRestore(): Promise<readonly Result[]> {
  await using sandbox = await startSandbox({ hosts: 1, log: openLog({ level: 'error' }) });
  for (let at = 0; at < bystanders; at += 1) await sandbox.open({ id: `quiet-${at}`, bundle: quiet, settings: {} });
  const late: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) late.push(await restore(sandbox, kill));
  const sorted = late.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return [
    { name: 'sandbox.restore.p50', value: at(0.5), unit: 'ms' },
    { name: 'sandbox.restore.p99', value: at(0.99), unit: 'ms' },
  ];
}

/** @returns milliseconds beyond the wall limit until the bystanders that were asked meanwhile are all answered */
async function restore(sandbox: Sandbox, kill: number): Promise<number> {
  const id = `hanging-${kill}`;
  await sandbox.open({ id, bundle: hanging, settings: {} });
  await call(sandbox, 'quiet-0');
  const start = performance.now();
  const killed = call(sandbox, id).catch(() => undefined);
  await new Promise(setImmediate);
  await Promise.all(Array.from({ length: bystanders }, (_, at) => call(sandbox, `quiet-${at}`)));
  const late = performance.now() - start - cpu - limits.grace;
  await killed;
  await sandbox.close(id);
  return late;
}

const call = (sandbox: Sandbox, tenant: string): Promise<unknown> =>
  sandbox.call({ tenant, event: 'onRcpt', payload: {}, deadline: 30_000, cpu, octets: null, host: async () => null });
