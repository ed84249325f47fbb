import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { day, minute, second } from '../../../sdk/durations.ts';
import {
  admit,
  beginProbe,
  breakerRules,
  freshBreaker,
  pardon,
  settleCall,
  type Breaker,
} from '../../../core/events/breaker.ts';
import type { FaultCode } from '../../../core/errors.ts';

const soft = ['sandbox.cpu', 'sandbox.deadline', 'sandbox.memory'] as const;
const outcomes = [null, ...soft, 'sandbox.threw', 'sandbox.limit', 'sandbox.killed', 'sandbox.stopped'] as const;

/** Calls one after the other, each settled before the next. */
function after(given: readonly (FaultCode | null)[], from: Breaker = freshBreaker, start = 0): Breaker {
  return given.reduce((breaker, outcome, at) => settleCall(breaker, breaker, outcome, start + at), from);
}
const probe = (breaker: Breaker, outcome: FaultCode | null, now: number): Breaker => {
  const begun = beginProbe(breaker, now);
  return settleCall(begun, begun, outcome, now);
};

describe('soft timeouts', () => {
  test.for(soft)('three %s within a minute: it rests, and then one call is tried', (code) => {
    expect(after([code, null, code])).toMatchObject({ kind: 'closed' });
    const open = after([code, null, code, code]);
    expect(open).toMatchObject({ kind: 'open', reason: code });
    expect([admit(open, open.until - 1), admit(open, open.until)]).toEqual(['refuse', 'probe']);
    expect(admit(beginProbe(open, open.until), open.until)).toBe('refuse');
  });

  test('three in more than a minute are none too many', () => {
    const two = after(['sandbox.cpu', 'sandbox.cpu']);
    expect(settleCall(two, two, 'sandbox.cpu', minute + 1)).toMatchObject({ kind: 'closed' });
  });

  test('a try that is answered closes it; one that fails makes the next rest twice as long, up to 15 minutes', () => {
    let breaker = after(['sandbox.cpu', 'sandbox.cpu', 'sandbox.cpu']);
    expect(probe(breaker, null, breaker.until)).toMatchObject({ kind: 'closed', slow: [] });
    const rests: number[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      rests.push(breaker.until - breaker.since);
      breaker = probe(breaker, 'sandbox.deadline', breaker.until);
    }
    expect(rests.slice(0, 4)).toEqual([5, 10, 20, 40].map((seconds) => seconds * second));
    expect(rests.at(-1)).toBe(15 * minute);
  });

  test('a try that tells nothing of the sink leaves it open, to be tried by the next call', () => {
    const open = after(['sandbox.cpu', 'sandbox.cpu', 'sandbox.cpu']);
    const again = probe(open, 'sandbox.stopped', open.until);
    expect([again.kind, admit(again, open.until)]).toEqual(['open', 'probe']);
  });

  test('calls that were out when it tripped do not count again', () => {
    const open = after(['sandbox.cpu', 'sandbox.cpu', 'sandbox.cpu']);
    expect(settleCall(open, freshBreaker, 'sandbox.deadline', 10)).toBe(open);
    const trying = beginProbe(open, open.until);
    expect(settleCall(trying, freshBreaker, null, open.until)).toBe(trying);
  });
});

test('errors count only in an unbroken row', () => {
  const row = Array.from({ length: breakerRules.threw - 1 }, () => 'sandbox.threw' as const);
  expect(after([...row, null, ...row])).toMatchObject({ kind: 'closed' });
  expect(after([...row, 'sandbox.threw'])).toMatchObject({ kind: 'open', reason: 'sandbox.threw' });
});

describe('kills', () => {
  test('the first is a strike, the second turns it off for good; all calls one kill faults are one kill', () => {
    const struck = settleCall(freshBreaker, freshBreaker, 'sandbox.killed', 1);
    expect(struck).toMatchObject({ kind: 'closed', kills: 1 });
    expect(settleCall(struck, freshBreaker, 'sandbox.killed', 2)).toBe(struck);
    const off = settleCall(struck, struck, 'sandbox.killed', 3);
    expect(off).toMatchObject({ kind: 'off', kills: 2 });
    expect(admit(off, 100 * day)).toBe('refuse');
  });

  test('a kill counts although its call went out before the binding rested', () => {
    const open = after(['sandbox.cpu', 'sandbox.cpu', 'sandbox.cpu']);
    expect(settleCall(open, freshBreaker, 'sandbox.killed', 10)).toMatchObject({ kind: 'open', kills: 1 });
  });

  test('after a day the first is forgotten', () => {
    const struck = settleCall(freshBreaker, freshBreaker, 'sandbox.killed', 1);
    expect(settleCall(struck, struck, 'sandbox.killed', day + 2)).toMatchObject({ kind: 'closed', kills: 1 });
  });

  test('a pardon forgets everything, and calls of before cannot harm', () => {
    const off = after(['sandbox.killed', 'sandbox.killed']);
    const free = pardon(off, 10);
    expect(free).toMatchObject({ kind: 'closed', kills: 0, trips: 0, reason: null });
    expect(settleCall(free, off, 'sandbox.killed', 11)).toBe(free);
  });
});

/** Any number of calls that overlap, any outcome of each, any time between. */
const steps = fc.array(
  fc.record({
    pass: fc.constantFrom(0, 1, second, 10 * second, minute, 20 * minute),
    settle: fc.option(fc.nat({ max: 7 })),
    outcome: fc.constantFrom(...outcomes),
  }),
  { maxLength: 200 },
);

type Out = { readonly before: Breaker; readonly isProbe: boolean };
type World = { readonly breaker: Breaker; readonly out: readonly Out[]; readonly now: number };

/** One step, and what was wrong with it. */
function take({ breaker, out, now }: World, { settle, outcome }: { settle: number | null; outcome: FaultCode | null }) {
  const call = settle === null ? undefined : out[settle];
  if (call) {
    const next = settleCall(breaker, call.before, outcome, now);
    const wrong = [
      breaker.kind === 'off' && next.kind !== 'off' && 'turned itself on',
      outcome === null && next.kind === 'open' && breaker.kind !== 'open' && 'opened by an answer',
      breaker.kind === 'open' && next.kind === 'closed' && 'closed without a try',
    ];
    return { world: { breaker: next, out: out.filter((one) => one !== call), now }, wrong };
  }
  const how = admit(breaker, now);
  const mayGo = breaker.kind === 'closed' || (breaker.kind === 'open' && now >= breaker.until);
  const next = how === 'probe' ? beginProbe(breaker, now) : breaker;
  const more = how === 'refuse' ? [] : [{ before: next, isProbe: how === 'probe' }];
  const wrong = [how !== 'refuse' && !mayGo && 'called', how === 'refuse' && mayGo && 'refused without a reason'];
  return { world: { breaker: next, out: [...out, ...more], now }, wrong };
}

test('whatever happens: nothing goes out while it is open or off, and one call at most while it is tried', () => {
  fc.assert(
    fc.property(steps, (script) => {
      let world: World = { breaker: freshBreaker, out: [], now: 1_000_000 };
      for (const step of script) {
        const taken = take({ ...world, now: world.now + step.pass }, step);
        world = taken.world;
        const { breaker, out } = world;
        const probing = out.filter(({ before, isProbe }) => isProbe && before.round === breaker.round);
        expect(taken.wrong.filter(Boolean)).toEqual([]);
        expect(probing).toHaveLength(breaker.kind === 'trying' ? 1 : 0);
        expect(breaker.slow.length).toBeLessThan(breakerRules.slow);
      }
    }),
  );
});

test('whatever happened short of a kill: after the longest rest one answer closes it', () => {
  const mild = fc.array(fc.constantFrom(...outcomes.filter((one) => one !== 'sandbox.killed')));
  fc.assert(
    fc.property(mild, (given) => {
      const late = 100 * day;
      const breaker = after(given);
      const asked = admit(breaker, late) === 'probe' ? probe(breaker, null, late) : breaker;
      expect([asked.kind, admit(asked, late)]).toEqual(['closed', 'call']);
    }),
  );
});
