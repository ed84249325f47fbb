import { day, minute, second } from '../../sdk/durations.ts';
import type { FaultCode } from '../errors.ts';

/**
 * Whether a binding may be asked, by what came of asking it. A value: every function gives the next one.
 *
 * `closed` it is asked · `open` it rests until `until` · `trying` one call is out to see · `off` an operator has to say
 */
export type Breaker = {
  readonly kind: 'closed' | 'open' | 'trying' | 'off';
  /** Grows whenever the kind changes: what came of a call of an earlier round says nothing of this one. */
  readonly round: number;
  /** Grows with each kill and each pardon: a kill faults all calls that were out, and is one. */
  readonly life: number;
  /** Since when it is of this kind; epoch milliseconds, as all instants here. */
  readonly since: number;
  /** When it is tried again; means something while it is open. */
  readonly until: number;
  /** What it went by last; null when there was nothing. */
  readonly reason: FaultCode | null;
  /** When it was too slow or too large, in the last minute. */
  readonly slow: readonly number[];
  /** Errors in a row, with no answer between them. */
  readonly threw: number;
  /** Rests one after the other, each longer than the one before. */
  readonly trips: number;
  /** Sandbox hosts it ended; not 0: it runs in the penalty host. */
  readonly kills: number;
  readonly killedAt: number;
};

/** How breakers judge. A throw costs little and may be the message's fault: only many in a row mean a broken sink. */
export const breakerRules = {
  /** Soft timeouts within `window` after which it rests. */
  slow: 3,
  window: minute,
  threw: 20,
  rest: { first: 5 * second, longest: 15 * minute },
  /** Closed for so long, the next rest is a first one again. */
  quiet: 10 * minute,
  /** Kills within `forgets` after which it is off. */
  kills: 2,
  forgets: day,
} as const;

/** One that nothing is held against. */
export const freshBreaker: Breaker = {
  kind: 'closed',
  round: 0,
  life: 0,
  since: 0,
  until: 0,
  reason: null,
  slow: [],
  threw: 0,
  trips: 0,
  kills: 0,
  killedAt: 0,
};

/** Whether a call may go out: `probe` only with `beginProbe`. */
export function admit({ kind, until }: Breaker, now: number): 'call' | 'probe' | 'refuse' {
  if (kind === 'closed') return 'call';
  // A clock that was set back must not keep it open for longer than the longest rest.
  const isDue = kind === 'open' && (now >= until || until - now > breakerRules.rest.longest);
  return isDue ? 'probe' : 'refuse';
}

/** One call is let through; until it is settled there is no other. */
export function beginProbe(breaker: Breaker, now: number): Breaker {
  return { ...breaker, kind: 'trying', round: breaker.round + 1, since: now };
}

/**
 * What came of a call.
 *
 * @param before the breaker the call went out under
 * @param outcome null when it was answered
 * @returns the same object when nothing changed
 */
export function settleCall(breaker: Breaker, before: Breaker, outcome: FaultCode | null, now: number): Breaker {
  const strike = strikeOf(outcome);
  if (strike === 'killed') return before.life === breaker.life ? kill(breaker, now) : breaker;
  if (before.round !== breaker.round) return breaker;
  if (breaker.kind === 'trying') return settleProbe(breaker, strike, outcome, now);
  if (strike === 'answered') return breaker.threw === 0 ? breaker : { ...breaker, threw: 0 };
  if (strike === 'none') return breaker;
  const recent = breaker.slow.filter((at) => now - at < breakerRules.window);
  const counted = strike === 'slow' ? { ...breaker, slow: [...recent, now] } : { ...breaker, threw: breaker.threw + 1 };
  const isTripped = counted.slow.length >= breakerRules.slow || counted.threw >= breakerRules.threw;
  return isTripped ? rest(counted, outcome, now) : counted;
}

/** An operator's word: nothing is held against it any more, nor what is still out. */
export function pardon({ round, life }: Breaker, now: number): Breaker {
  return { ...freshBreaker, round: round + 1, life: life + 1, since: now };
}

function settleProbe(breaker: Breaker, strike: Strike, outcome: FaultCode | null, now: number): Breaker {
  if (strike === 'slow' || strike === 'threw') return rest(breaker, outcome, now);
  const next = { ...breaker, round: breaker.round + 1, since: now };
  // What says nothing of the sink leaves it to the next call.
  return strike === 'none' ? { ...next, kind: 'open', until: now } : { ...next, kind: 'closed', slow: [], threw: 0 };
}

function rest(breaker: Breaker, reason: FaultCode | null, now: number): Breaker {
  const wasQuiet = breaker.kind === 'closed' && now - breaker.since > breakerRules.quiet;
  const trips = wasQuiet ? 0 : breaker.trips;
  const { first, longest } = breakerRules.rest;
  const until = now + Math.min(longest, first * 2 ** Math.min(trips, 30));
  const counts = { slow: [], threw: 0, trips: trips + 1 };
  return { ...breaker, ...counts, kind: 'open', round: breaker.round + 1, since: now, until, reason };
}

/** It ended a sandbox host: once, and it runs apart; again, and it is off. */
function kill(breaker: Breaker, now: number): Breaker {
  const isForgotten = now - breaker.killedAt > breakerRules.forgets;
  const kills = isForgotten ? 1 : breaker.kills + 1;
  const killed = { ...breaker, kills, killedAt: now, life: breaker.life + 1, reason: 'sandbox.killed' } as const;
  if (breaker.kind === 'off' || kills >= breakerRules.kills) {
    return { ...killed, kind: 'off', round: breaker.round + 1, since: breaker.kind === 'off' ? breaker.since : now };
  }
  return breaker.kind === 'trying' ? rest(killed, 'sandbox.killed', now) : killed;
}

type Strike = 'answered' | 'slow' | 'threw' | 'killed' | 'none';

/** What is not here says nothing of the sink: the sandbox stops, or is too busy. */
const strikes: Readonly<Partial<Record<FaultCode, Strike>>> = {
  'sandbox.cpu': 'slow',
  'sandbox.deadline': 'slow',
  'sandbox.memory': 'slow',
  'sandbox.threw': 'threw',
  'sandbox.limit': 'threw',
  'sandbox.answer': 'threw',
  'sandbox.killed': 'killed',
};

function strikeOf(outcome: FaultCode | null): Strike {
  return outcome === null ? 'answered' : (strikes[outcome] ?? 'none');
}
