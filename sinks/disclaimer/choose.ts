import type { CompiledRule } from './compiled.ts';
import { whyRuleNot, type Situation } from './rules.ts';

/** What became of one rule, for the proof. */
export type Note = { readonly rule: string; readonly added: boolean; readonly reason?: string };

export type Choice = {
  /** The rules that are for this message, in their order. */
  readonly rules: readonly CompiledRule[];
  /** Why the others are not. */
  readonly notes: readonly Note[];
};

/** @param match `first` ends with the first rule that is for this message */
export function chooseRules(rules: readonly CompiledRule[], match: 'first' | 'all', situation: Situation): Choice {
  const chosen: CompiledRule[] = [];
  const notes: Note[] = [];
  for (const rule of rules) {
    const reason = whyRuleNot(rule, situation);
    if (reason !== null) notes.push({ rule: rule.name, added: false, reason });
    else chosen.push(rule);
    if (reason === null && match === 'first') break;
  }
  return { rules: chosen, notes };
}
