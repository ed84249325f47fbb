/** What is wrong with a rule, and where. */
export type RuleProblem = {
  readonly text: string;
  /** Keys from the top of a structured rule; empty in a classic one. */
  readonly path: readonly (string | number)[];
  /** In a classic rule: which character, counted from 1; else null. */
  readonly column: number | null;
};

/** Where something stands in the source of a rule. */
export type Place = Pick<RuleProblem, 'path' | 'column'>;
