import type { OutputOf } from '../../admin/routes.ts';
import { formatTable } from '../table.ts';
import { printable, styled } from '../terminal.ts';
import { ask, exitCodes, printJson, type Verb } from '../verb.ts';
import { roughly } from '../words.ts';

type Breaker = OutputOf<'sinks'>[number]['breakers'][number];

/** `sluice sink ls`: which sinks there are, which revision runs, where, and why a newer one does not. */
export async function listSinks(verb: Verb): Promise<number> {
  const sinks = await ask(verb, 'sinks', {});
  const problems = sinks.flatMap(({ name, problems: own }) => own.map((problem) => `${name}: ${problem}`));
  const exitCode = problems.length === 0 ? exitCodes.ok : exitCodes.problem;
  if (verb.json) return printJson(verb, sinks, exitCode);

  const { terminal } = verb;
  const rows = sinks.map(({ name, version, hash, events, bindings }) => [
    name,
    version,
    hash === null ? ({ text: 'not loaded', style: 'red' } as const) : hash.slice(0, 7),
    bindings.length === 0 ? 'bound nowhere' : bindings.join(', '),
    events.join(', '),
  ]);
  terminal.out(rows.length === 0 ? 'There are no sinks.\n' : formatTable(terminal, columns, rows));
  for (const line of sinks.flatMap((sink) => notesOf(sink, verb.now()))) terminal.out(`${printable(line)}\n`);
  const breakers = sinks.flatMap((sink) => sink.breakers.map((one) => printable(breakerText(one, verb.now()))));
  if (breakers.length > 0) terminal.out(`\n${breakers.map((one) => `${styled(terminal, 'yellow', one)}\n`).join('')}`);
  if (problems.length > 0)
    terminal.out(`\n${problems.map((one) => `${styled(terminal, 'red', printable(one))}\n`).join('')}`);
  return exitCode;
}

/** `sluice sink on`: a binding is asked again, and what it did is forgotten. */
export async function turnOn(verb: Verb, key: string): Promise<number> {
  await ask(verb, 'turnOn', { key }, `There is no binding ${key}: sluice sink ls shows those there are.`);
  if (verb.json) return printJson(verb, { key, done: 'on' });
  verb.terminal.out(`${key} is asked again.\n`);
  return exitCodes.ok;
}

/** What is not as usual: another engine, limits that were met, and what shadows would have done. */
function notesOf({ quickjs, limits, shadows }: OutputOf<'sinks'>[number], now: number): readonly string[] {
  const met = limits.map(({ binding, limit, allowed, count, last }) => {
    const times = count === 1 ? 'once' : `${count} times`;
    return `${binding} met its limit ${limit} (${allowed}) ${times}, last ${roughly(now - last)} ago`;
  });
  const shown = shadows.map(({ binding, revision, outcomes }) => {
    const said = outcomes.map(({ outcome, count }) => `${outcome} ${count}`).join(', ') || 'nothing yet';
    return `${binding} is a shadow (${revision.slice(0, 7)}); it would have said: ${said}`;
  });
  return [...quickjs.map((binding) => `${binding} runs in QuickJS`), ...met, ...shown];
}

function breakerText({ binding, state, since, until, reason }: Breaker, now: number): string {
  const text = {
    closed: `runs apart from the others: ${reason} ${roughly(now - since)} ago`,
    open: `rests for ${roughly(Math.max(0, (until ?? now) - now))}: ${reason}`,
    trying: `is being tried again after ${reason}`,
    off: `is off since ${roughly(now - since)}: ${reason}. Turn it on with sluice sink on ${binding}`,
  };
  return `${binding} ${text[state]}`;
}

const columns = [
  { title: 'SINK' },
  { title: 'VERSION' },
  { title: 'REVISION' },
  { title: 'BOUND TO' },
  { title: 'EVENTS', wraps: true },
] as const;
