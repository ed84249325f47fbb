import { capabilities, type CapabilityName } from '../../../sdk/capabilities.ts';
import type { Manifest } from '../../../sdk/manifest.ts';
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
  const missing = needs.filter((need) => capabilities[need].granted !== 'always' && !grants.includes(need));
  if (missing.length === 0) return [];
  const line = `grants: [${[...grants, ...missing].join(', ')}]`;
  const text = `${sink} needs ${missing.join(', ')}: if it may have that, write \`${line}\` in this binding`;
  return [problemAt(['grants'], text)];
}

/** What a binding that passed the check may use; `log` is there without asking. */
export function grantsOf({ needs }: Manifest): readonly CapabilityName[] {
  return [...new Set<CapabilityName>(['log', ...needs])];
}
