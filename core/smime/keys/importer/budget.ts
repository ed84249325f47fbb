import { Refused } from '../refusal.ts';

/** What opening one file may cost, in rounds of a digest. Counted before the work is done. */
export type Budget = { left: number };

/** Four times what OpenSSL makes of a million iterations: it derives three keys. Takes some 15 s at worst. */
export const roundLimit = 12_000_000;

/** @throws Refused */
export function spend(budget: Budget, rounds: number): void {
  budget.left -= rounds;
  if (budget.left < 0) throw new Refused('too-many-iterations', `${rounds} iterations`);
}
