import { capabilities, type CapabilityName } from '../../../sdk/capabilities.ts';
import type { Manifest } from '../../../sdk/manifest.ts';
import { exampleOf, hasOptions, type Grants } from '../../capabilities/options.ts';
import type { BindingInput } from './input.ts';
import { problemAt, type BindingProblem } from './problem.ts';

/** Everything the sink needs must be granted, else it would fail at the first event and not here. */
export function checkGrants({ sink, grants }: BindingInput, { needs }: Manifest): readonly BindingProblem[] {
  const unknown = needs.filter((need) => !Object.hasOwn(capabilities, need));
  if (unknown.length > 0) {
    const known = Object.keys(capabilities).join(', ');
    return [
      problemAt(['sink'], `${sink} needs ${unknown.join(', ')}, which this Sluice does not have; it has ${known}`),
    ];
  }
  const missing = needs.filter((need) => capabilities[need].granted !== 'always' && grants[need] === undefined);
  if (missing.length === 0) return [];
  const granted = names.filter((name) => grants[name] !== undefined);
  const text = `${sink} needs ${missing.join(', ')}: if it may have that, ${remedy(granted, missing)}`;
  return [problemAt(['grants'], text)];
}

const isName = (name: string): name is CapabilityName => Object.hasOwn(capabilities, name);
const names = Object.keys(capabilities).filter(isName);

const pair = (name: CapabilityName): string => `${name}: ${exampleOf(name) ?? 'true'}`;

/** The line to write: a list while that says it all, else a mapping; what has options already is not said again. */
function remedy(granted: readonly CapabilityName[], missing: readonly CapabilityName[]): string {
  if (granted.some(hasOptions)) return `add \`${missing.map(pair).join(', ')}\` to the grants of this binding`;
  const all = [...granted, ...missing];
  const line = all.some((name) => exampleOf(name) !== null) ? `{ ${all.map(pair).join(', ')} }` : `[${all.join(', ')}]`;
  return `write \`grants: ${line}\` in this binding`;
}

/** What a binding that passed the check may use: what its sink needs or wants and no more; `log` is there without asking. */
export function grantsOf({ needs, wants = [] }: Manifest, grants: Grants): Grants {
  const own: { -readonly [N in keyof Grants]: Grants[N] } = { clock: {}, ...grants, log: {} };
  for (const name of names) if (name !== 'log' && !needs.includes(name) && !wants.includes(name)) delete own[name];
  return own;
}
