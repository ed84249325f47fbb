import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { memoryUsage } from 'node:process';
import { usualLimits } from '../../core/limits.ts';
import type { Built } from '../../core/sandbox/isolate.ts';
import { buildQuickJs, prepareQuickJs, provideQuickJs } from '../../core/sandbox/quickjs.ts';
import { medianOf, type Result } from './result.ts';
import { sinks } from './sandbox-load.ts';

const count = 100;

/** Writes what a sink in QuickJS costs in one thread, as JSON, to standard output; beside `sandbox.start.*` of the same run. */
process.stdout.write(JSON.stringify(await benchQuickJs()));

async function benchQuickJs(): Promise<readonly Result[]> {
  const { resolve } = createRequire(import.meta.url);
  provideQuickJs(readFileSync(resolve('@jitl/quickjs-wasmfile-release-sync/wasm')));
  await build();
  const before = memoryUsage.rss();
  const times: number[] = [];
  const kept: Built[] = [];
  for (let at = 0; at < count; at += 1) {
    const start = performance.now();
    kept.push(await build());
    times.push(performance.now() - start);
  }
  return [
    { name: 'sandbox.quickjs.start.p50', value: medianOf(times), unit: 'ms' },
    { name: 'sandbox.quickjs.start.memory', value: (memoryUsage.rss() - before) / kept.length / 2 ** 20, unit: 'MB' },
  ];
}

/** @throws Error when it cannot be built */
async function build(): Promise<Built> {
  await prepareQuickJs(usualLimits.memory);
  const built = buildQuickJs({ ...usualLimits, name: 'bench', engine: 'quickjs', code: sinks.k0.code }, () => null);
  if (built.kind === 'failed') throw new Error(built.done.text);
  return built;
}
