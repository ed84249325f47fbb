import { specOf, type EventName, type OnFault } from '../../../sdk/catalogue.ts';
import type { Manifest, Role } from '../../../sdk/manifest.ts';
import type { BindingInput } from './input.ts';
import { problemAt, type BindingProblem } from './problem.ts';

/** What may stand in for the answer of a sink that failed: to go on, and what the sink itself could have decided. */
export function legalOnFault(event: EventName): readonly OnFault[] {
  const { decisions } = specOf(event);
  const refusals = (['defer', 'quarantine', 'reject'] as const).filter((kind) => decisions.includes(kind));
  return ['next', ...refusals];
}

/**
 * What a fault means where the binding does not say. `reject` only by explicit choice: a fault of ours is temporary.
 * An event that cannot be deferred goes on.
 */
export function defaultOnFault(event: EventName, role: Role): OnFault {
  return role !== 'observes' && legalOnFault(event).includes('defer') ? 'defer' : 'next';
}

/** Only an edit can be left out by choice: what a sink decides, or is to see, is a matter of `onFault`. */
export function checkMaxDefer({ sink, afterMaxDefer }: BindingInput, { role }: Manifest): readonly BindingProblem[] {
  if (afterMaxDefer === null || role === 'edits') return [];
  return [problemAt(['afterMaxDefer'], `this is for sinks that edit, and ${sink} ${role}: leave it out`)];
}
