import type { Decision, DecisionKind } from '../../sdk/decisions.ts';

type FoldRow = {
  /** Whether later sinks are still asked; those that may be are stopped by `stop: true`. */
  readonly goesOn: boolean;
  /** Whether edits of the chain, its own and earlier ones, take effect when this is the verdict. */
  readonly keepsEdits: boolean;
  /** Whether it takes the place of a recipient's `drop` that an earlier sink decided. */
  readonly overDrop: boolean;
  /** Whether it takes the place of an earlier `redirect`. */
  readonly overRedirect: boolean;
};

/**
 * The fold: how the decisions of a chain add up to a verdict. A refusal always wins over what stood before it. Who is in
 * favour (`next`, `accept`) leaves an earlier `drop` or `redirect` as it is; a dropped recipient is not redirected.
 */
export const foldTable = {
  next: { goesOn: true, keepsEdits: true, overDrop: false, overRedirect: false },
  drop: { goesOn: true, keepsEdits: true, overDrop: false, overRedirect: true },
  redirect: { goesOn: true, keepsEdits: true, overDrop: false, overRedirect: true },
  accept: { goesOn: false, keepsEdits: true, overDrop: false, overRedirect: false },
  quarantine: { goesOn: false, keepsEdits: true, overDrop: true, overRedirect: true },
  discard: { goesOn: false, keepsEdits: false, overDrop: true, overRedirect: true },
  reply: { goesOn: false, keepsEdits: true, overDrop: true, overRedirect: true },
  fork: { goesOn: false, keepsEdits: false, overDrop: true, overRedirect: true },
  badmail: { goesOn: false, keepsEdits: false, overDrop: true, overRedirect: true },
  reject: { goesOn: false, keepsEdits: false, overDrop: true, overRedirect: true },
  defer: { goesOn: false, keepsEdits: false, overDrop: true, overRedirect: true },
  disconnect: { goesOn: false, keepsEdits: false, overDrop: true, overRedirect: true },
} as const satisfies Record<DecisionKind, FoldRow>;

/** A decision and who made it; `by` is null while nobody had an opinion. */
export type Standing<By> = { readonly decision: Decision; readonly by: By | null };

/** Before anybody is asked. */
export const unopposed: Standing<never> = Object.freeze({
  decision: Object.freeze({ kind: 'next', edits: [] }),
  by: null,
});

/** @returns what stands after this answer, and whether the next sink is asked */
export function fold<By>(
  before: Standing<By>,
  decision: Decision,
  by: By,
): { readonly standing: Standing<By>; readonly goesOn: boolean } {
  const goesOn = foldTable[decision.kind].goesOn && !('stop' in decision && decision.stop);
  return { standing: takesOver(before.decision.kind, decision.kind) ? { decision, by } : before, goesOn };
}

function takesOver(before: DecisionKind, now: DecisionKind): boolean {
  if (before === 'drop') return foldTable[now].overDrop;
  if (before === 'redirect') return foldTable[now].overRedirect;
  return now !== 'next';
}
