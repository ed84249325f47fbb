import { expect, test } from 'vitest';
import { openArena, type Arena, type Witness } from './arena.ts';
import type { Attacks } from './attacks/attack.ts';
import { cpuAttacks } from './attacks/cpu.ts';
import { escapeAttacks } from './attacks/escapes.ts';
import { floodAttacks } from './attacks/floods.ts';
import { memoryAttacks } from './attacks/memory.ts';

/** Each attack once a round, on a server that has not met it: so that no binding is off when its turn comes. */
const rounds = process.env['LONG'] ? 200 : 3;
const minutes = 60_000;
/** Messages of attackers that arrive side by side: several attacks in a row end hosts faster than a busy machine starts them. */
const atOnce = process.env['LONG'] ? 3 : 1;
const attacks: Attacks = { ...cpuAttacks, ...memoryAttacks, ...escapeAttacks, ...floodAttacks };
const names = Object.keys(attacks);
/** Those that QuickJS meets too: building so many isolates takes long there. */
const quickJsNames = process.env['LONG'] ? names : names.filter((_, at) => at % 8 === 0);
/** Hosts that may be lost while one event of the bystander waits: a few attackers can be in line before it. */
const mostLosses = 5;
const mustFault = new Set([...Object.keys(cpuAttacks), ...Object.keys(memoryAttacks)]);

test('there are more than a hundred attacks, each under a name of its own', () => {
  const tables = [cpuAttacks, memoryAttacks, escapeAttacks, floodAttacks];
  expect(names.length).toBeGreaterThan(100);
  expect(tables.reduce((sum, table) => sum + Object.keys(table).length, 0)).toBe(names.length);
});

test.each(Array.from({ length: rounds }, (_, at) => at + 1))(
  'round %i: the core lives, the bystander never errs, each attack gets its own fault, every message is there',
  { timeout: 10 * minutes },
  async (round) => {
    expect.hasAssertions();
    await using arena = await openArena(attacks);
    await expectWithstood(arena, names, round);
  },
);

test(
  `in QuickJS, ${quickJsNames.length === names.length ? 'all attacks' : 'every eighth attack'}, one round: the core lives, the bystander never errs, each attack gets its own fault, every message is there`,
  { timeout: 15 * minutes },
  async () => {
    expect.hasAssertions();
    const some = Object.fromEntries(Object.entries(attacks).filter(([name]) => quickJsNames.includes(name)));
    await using arena = await openArena(some, 'onRcpt', 'quickjs');
    await expectWithstood(arena, quickJsNames, 0);
  },
);

async function expectWithstood(arena: Arena, attackers: readonly string[], round: number): Promise<void> {
  const done = new AbortController();
  const bystander = arena.standBy(done.signal);
  const replies = await provokeAll(arena, attackers, round).finally(() => done.abort());
  const witness = await bystander;

  const wrong = [...replies].filter(([name, reply]) => !isExpected(name, reply));
  expect([witness.error, faultsOf(arena)]).toEqual([null, []]);
  expect(Math.max(...witness.losses)).toBeLessThanOrEqual(mostLosses);
  expect(wrong).toEqual([]);
  expect(replies.size).toBe(attackers.length);
  expect(arena.sluice.process.exitCode).toBeNull();
  expect(await arena.provoke('ann')).toMatch(/^250 /);
  expect(await arena.arrived(witness.accepted)).toBe(witness.accepted);
  report(round, replies, witness);
}

test(
  'at onArrival: the core lives, the bystander never errs, each attack gets its own fault, every message is there',
  { timeout: 15 * minutes },
  async () => {
    await using arena = await openArena(attacks, 'onArrival');
    const done = new AbortController();
    const bystander = arena.standBy(done.signal);
    const held = new Map<string, string>();
    for (let at = 0; at < names.length; at += atOnce)
      for (const one of await arena.provokeArrival(names.slice(at, at + atOnce))) held.set(...one);
    done.abort();
    const witness = await bystander;

    const wrong = [...held].filter(([name, why]) =>
      why === '' ? mustFault.has(name) : !/ failed: sandbox\./.test(why),
    );
    expect([witness.error, faultsOf(arena)]).toEqual([null, []]);
    expect(Math.max(...witness.losses)).toBeLessThanOrEqual(mostLosses);
    expect(wrong).toEqual([]);
    expect(held.size).toBe(names.length);
    expect(arena.sluice.process.exitCode).toBeNull();
    expect(await arena.arrived(witness.accepted)).toBe(witness.accepted);
    report(0, new Map([...held].map(([name, why]) => [name, why === '' ? '250 ' : '451 '])), witness);
  },
);

/** Lines of the log about the bystander, which say why it erred; whether it was late the arena judges. */
function faultsOf({ sluice }: Arena): readonly string[] {
  return sluice
    .output()
    .split('\n')
    .filter((line) => line.includes('mx/bystander/bystander') && !line.includes('sandbox.deadline'));
}

/** An attack has what it faults with deferred; one that only tries to get out may go on, and never says it did. */
function isExpected(name: string, reply: string): boolean {
  return reply.startsWith('451 ') || (!mustFault.has(name) && reply.startsWith('250 '));
}

/** Starts elsewhere each round, so that not always the same one comes after another. @returns the replies by name */
async function provokeAll(
  arena: Arena,
  attackers: readonly string[],
  round: number,
): Promise<ReadonlyMap<string, string>> {
  const start = (round * 37) % attackers.length;
  const replies = new Map<string, string>();
  for (const name of [...attackers.slice(start), ...attackers.slice(0, start)])
    replies.set(name, await arena.provoke(name).catch((thrown: unknown) => String(thrown)));
  return replies;
}

function report(round: number, replies: ReadonlyMap<string, string>, { waited, losses, accepted }: Witness): void {
  const sorted = waited.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  const deferred = [...replies.values()].filter((reply) => reply.startsWith('451 ')).length;
  console.info(
    `round ${round}: ${deferred} of ${replies.size} attacks deferred; bystander ${waited.length} RCPT, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms, at most ${Math.max(...losses)} hosts lost meanwhile; ${accepted} messages`,
  );
}
