import { specOf, type EventName, type OnFault } from '../../../sdk/catalogue.ts';
import type { Role } from '../../../sdk/manifest.ts';

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
