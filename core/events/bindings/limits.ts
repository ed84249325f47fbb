import type { Manifest } from '../../../sdk/manifest.ts';
import type { Engine } from '../../engine.ts';
import { limitOptions, settleLimits, type Limits, type SomeLimits } from '../../limits.ts';
import type { BindingInput } from './input.ts';
import { problemAt, type BindingProblem } from './problem.ts';

/** What the administrator lets every sink have: `sandbox:` in the configuration. */
export type Allowed = { readonly engine?: Engine; readonly memory?: number; readonly limits?: SomeLimits };

/** @returns the limits of the sink in this binding; goes over what it may have: the problems, and the usual limits */
export function bindLimits(
  { limits: binding }: BindingInput,
  { limits }: Manifest,
  allowed: Allowed,
  problems: BindingProblem[],
): Limits | null {
  const asked = limitOptions.safeParse(limits ?? {});
  if (!asked.success) {
    problems.push(
      ...asked.error.issues.map(({ path, message }) => problemAt(['sink'], `limits.${path.join('.')}: ${message}`)),
    );
    return null;
  }
  const settled = settleLimits({ asked: asked.data, binding, sandbox: allowed.limits ?? {}, memory: allowed.memory });
  if (!isProblems(settled)) return settled;
  problems.push(...settled.map((text) => problemAt(['limits'], text)));
  return null;
}

const isProblems = (settled: Limits | readonly string[]): settled is readonly string[] => Array.isArray(settled);
