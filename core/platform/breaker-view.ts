import type { OutputOf } from '../admin/routes.ts';
import type { Binding } from '../events/binding.ts';
import type { Breakers } from './breakers.ts';

type BreakerView = OutputOf<'sinks'>[number]['breakers'][number];

/** For `sluice sink ls`. @returns nothing when nothing is held against the binding */
export function breakerOf(breakers: Pick<Breakers, 'of'>, binding: Binding): readonly BreakerView[] {
  const { kind, since, until, reason, kills, killedAt } = breakers.of(binding);
  if (kind === 'closed' && kills === 0) return [];
  const times = { since: kind === 'closed' ? killedAt : since, until: kind === 'open' ? until : null };
  return [{ binding: binding.key, state: kind, ...times, reason: reason ?? '' }];
}

/** For `sluice status`: mail waits for these, or goes on without them: what `onFault` says. */
export function restingOf(bindings: readonly Binding[], breakers: Pick<Breakers, 'of'>): readonly string[] {
  return bindings
    .flatMap((binding) => breakerOf(breakers, binding))
    .flatMap(({ binding, state, reason }) => {
      if (state === 'closed') return [];
      const how = state === 'off' ? `is off: sluice sink on ${binding}` : 'rests';
      return [`binding ${binding} ${how} (${reason})`];
    });
}
