/** What is wrong with a binding, and where in it. */
export type BindingProblem = {
  /** Keys from the binding down; empty when it is about the whole binding. */
  readonly path: readonly (string | number)[];
  /** In a classic rule: which character of it, counted from 1; else null. */
  readonly column: number | null;
  readonly text: string;
};

export const problemAt = (path: BindingProblem['path'], text: string): BindingProblem => ({ path, column: null, text });
