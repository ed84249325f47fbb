import { expect, test } from 'vitest';
import { catalogue, eventNames, specOf } from '../../../sdk/catalogue.ts';
import type { Decision, DecisionKind } from '../../../sdk/decisions.ts';
import { reply } from '../../../sdk/reply.ts';
import { createDispatcher } from '../../../core/events/dispatch.ts';
import { fold, foldTable, unopposed, type Standing } from '../../../core/events/fold.ts';
import { createGeneration } from '../../../core/events/generation.ts';
import { bindingOf, subjectOf } from '../../support/bindings.ts';

const answers: readonly Decision[] = [
  { kind: 'next', edits: [] },
  { kind: 'next', edits: [], stop: true },
  { kind: 'accept', edits: [] },
  { kind: 'reject', reply: reply(550, '7.1', 'no') },
  { kind: 'defer', reply: reply(451, '7.1', 'later') },
  { kind: 'discard', reason: 'x' },
  { kind: 'drop', reason: 'x' },
  { kind: 'drop', reason: 'x', stop: true },
  { kind: 'quarantine', reason: 'x', edits: [] },
  { kind: 'redirect', recipients: ['r@example.test'], edits: [] },
  { kind: 'redirect', recipients: ['r@example.test'], edits: [], stop: true },
  { kind: 'disconnect', reply: reply(554, '7.1', 'bye') },
  { kind: 'badmail', reason: 'x' },
  { kind: 'fork', groups: [['r@example.test']] },
  { kind: 'reply', reply: reply(250, '0.0', 'ok'), edits: [] },
];

const chains: readonly (readonly Decision[])[] = [
  [],
  ...answers.map((a) => [a]),
  ...answers.flatMap((a) => answers.map((b) => [a, b])),
  ...answers.flatMap((a) => answers.flatMap((b) => answers.map((c) => [a, b, c]))),
];

const goesOn = ({ kind }: Decision): boolean => kind === 'next' || kind === 'drop' || kind === 'redirect';

/** The law of events.md ("Fold") in other words than the table: by looking at the whole chain at once. */
function expected(chain: readonly Decision[]): { asked: number; kind: DecisionKind; by: number | null } {
  const end = chain.findIndex((one) => !goesOn(one) || ('stop' in one && one.stop));
  const asked = end < 0 ? chain.length : end + 1;
  const heard = chain.slice(0, asked);
  const last = heard.at(-1);
  if (last && !goesOn(last) && last.kind !== 'accept') return { asked, kind: last.kind, by: asked - 1 };
  const dropped = heard.findIndex(({ kind }) => kind === 'drop');
  if (dropped >= 0) return { asked, kind: 'drop', by: dropped };
  const redirected = heard.findLastIndex(({ kind }) => kind === 'redirect');
  if (redirected >= 0) return { asked, kind: 'redirect', by: redirected };
  return last?.kind === 'accept' ? { asked, kind: 'accept', by: asked - 1 } : { asked, kind: 'next', by: null };
}

test('the fold is the law for every chain of up to three decisions', () => {
  expect(chains).toHaveLength(1 + 15 + 225 + 3_375);
  for (const chain of chains) {
    let standing: Standing<number> = unopposed;
    let asked = 0;
    for (const [at, decision] of chain.entries()) {
      asked += 1;
      const folded = fold(standing, decision, at);
      standing = folded.standing;
      if (!folded.goesOn) break;
    }
    expect({ chain, asked, kind: standing.decision.kind, by: standing.by }).toEqual({ chain, ...expected(chain) });
  }
});

test.each([
  [
    'onRcpt',
    { recipient: 'a@example.test', parameters: {}, local: true, envelope: { reversePath: '', recipients: [] } },
  ],
  ['onArrival', { envelope: { reversePath: '', recipients: ['a@example.test'] } }],
] as const)(
  'ask(%s) asks as many sinks as the fold says and gives its verdict, for every legal chain',
  async (event, payload) => {
    const legal = chains.filter((chain) => chain.every(({ kind }) => specOf(event).decisions.includes(kind)));
    const bindings = [0, 1, 2].map((at) => bindingOf({ name: `b${at}`, priority: at, events: [event] }));
    const generation = createGeneration(1, bindings, () => undefined);
    expect(legal.length).toBeGreaterThan(300);

    for (const chain of legal) {
      let asked = 0;
      const dispatcher = createDispatcher({
        callSink: () => Promise.resolve(chain[asked++] ?? { kind: 'next', edits: [] }),
        record: () => undefined,
        now: () => 0,
      });
      const { decision, by } = await dispatcher.ask(generation, event, subjectOf(), payload);
      const wanted = expected(chain);
      const isEnded = expected([...chain, { kind: 'next', edits: [] }]).asked <= chain.length;
      expect({ chain, asked, kind: decision.kind, by: by?.name ?? null }).toEqual({
        chain,
        asked: isEnded ? wanted.asked : 3,
        kind: wanted.kind,
        by: wanted.by === null ? null : `b${wanted.by}`,
      });
    }
  },
);

test('edits outlive exactly the decisions that carry edits, and drop', () => {
  const kept = Object.entries(foldTable).flatMap(([kind, row]) => (row.keepsEdits ? [kind] : []));
  const carrying = answers.flatMap((one) => ('edits' in one ? [one.kind] : []));
  expect(new Set(kept)).toEqual(new Set([...carrying, 'drop']));
});

test('only decisions of the fold stand in the catalogue', () => {
  const used = new Set(eventNames.flatMap((event) => catalogue[event].decisions));
  expect([...used].filter((kind) => !(kind in foldTable))).toEqual([]);
});
