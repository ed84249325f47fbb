import type { Facts } from '../subject.ts';
import type { Place, RuleProblem } from './problem.ts';
import { termNames, termOf, type TermName, type Test } from './terms.ts';

/** A rule, read. `picks`: tests that say which recipients it is about; those under `not` say nothing. */
export type Condition = {
  matches(facts: Facts): boolean;
  readonly picks: readonly ((address: string) => boolean)[];
};

/** Where the rule uses a term: whether an event can answer it is checked by event. */
export type UsedTerm = Place & { readonly name: TermName };

/** What reading a rule gathers on the way. */
export type Gathered = { readonly problems: RuleProblem[]; readonly used: UsedTerm[] };

export const never: Condition = { matches: () => false, picks: [] };
const atMost = 256;

/** Reads one value of one term; a value that cannot be read becomes a problem. */
export function readTerm(name: TermName, value: unknown, place: Place, gathered: Gathered): Condition {
  if (gathered.used.push({ ...place, name }) === atMost + 1) {
    gathered.problems.push({ ...place, text: `more than ${atMost} terms` });
  }
  const reading = termOf(name).read(value);
  if (reading.kind === 'test') return conditionOf(reading);
  gathered.problems.push({ ...place, text: reading.text });
  return never;
}

export function all(conditions: readonly Condition[]): Condition {
  const [only, ...others] = conditions;
  if (only && others.length === 0) return only;
  return { matches: (facts) => conditions.every((one) => one.matches(facts)), picks: picksOf(conditions) };
}

export function any(conditions: readonly Condition[]): Condition {
  const [only, ...others] = conditions;
  if (only && others.length === 0) return only;
  return { matches: (facts) => conditions.some((one) => one.matches(facts)), picks: picksOf(conditions) };
}

export function not(condition: Condition): Condition {
  return { matches: (facts) => !condition.matches(facts), picks: [] };
}

/** For texts: every term as this form writes it. */
export function namesFor(form: 'classic' | 'structured'): string {
  return termNames.map((name) => (form === 'classic' ? termOf(name).classic : name)).join(', ');
}

const conditionOf = (test: Test): Condition => ({
  matches: (facts) => test.matches(facts),
  picks: test.picks ? [test.picks] : [],
});
const picksOf = (conditions: readonly Condition[]): Condition['picks'] => conditions.flatMap(({ picks }) => picks);
