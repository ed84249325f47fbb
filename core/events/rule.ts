import type { EventName } from '../../sdk/catalogue.ts';
import { readClassic } from './rules/classic.ts';
import type { Gathered, UsedTerm } from './rules/condition.ts';
import { recipientsOf } from './rules/facts.ts';
import type { RuleProblem } from './rules/problem.ts';
import { readStructured } from './rules/structured.ts';
import { termOf } from './rules/terms.ts';
import type { Facts } from './subject.ts';

/** Says of an event whether a binding is asked: compiled once, evaluated in the core, no sandbox round trip. */
export type Rule = {
  /** As the administrator wrote it; a structured rule as JSON. */
  readonly source: string;
  readonly used: readonly UsedTerm[];
  matches(facts: Facts): boolean;
  /** The recipients a `rcptTo` of the rule names; null when it has none (one under `not` does not count). */
  recipients(facts: Facts): readonly string[] | null;
};

export type { RuleProblem };

/**
 * Reads a rule in either form. All problems at once, each with its place; a rule with a problem is no rule: it never
 * means "match nothing".
 */
export function parseRule(
  rule: string | object,
):
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'problems'; readonly problems: readonly RuleProblem[] } {
  const gathered: Gathered = { problems: [], used: [] };
  const condition = typeof rule === 'string' ? readClassic(rule, gathered) : readStructured(rule, gathered);
  if (gathered.problems.length > 0) return { kind: 'problems', problems: gathered.problems };

  const { picks } = condition;
  return {
    kind: 'rule',
    rule: {
      source: typeof rule === 'string' ? rule : JSON.stringify(rule),
      used: gathered.used,
      matches: (facts) => condition.matches(facts),
      recipients: (facts) =>
        picks.length === 0 ? null : recipientsOf(facts).filter((address) => picks.some((picked) => picked(address))),
    },
  };
}

/** The terms the event cannot answer, as problems: without this they would silently never match. */
export function unanswerable(rule: Rule, event: EventName): readonly RuleProblem[] {
  return rule.used
    .filter(({ name }) => !termOf(name).events.includes(event))
    .map(({ name, path, column }) => ({
      text: `${event} cannot answer ${name}; these can: ${termOf(name).events.join(', ')}`,
      path,
      column,
    }));
}
