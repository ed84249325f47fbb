import { formatTable } from '../table.ts';
import { printable, styled } from '../terminal.ts';
import { ask, exitCodes, printJson, type Verb } from '../verb.ts';

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
  if (problems.length > 0)
    terminal.out(`\n${problems.map((one) => `${styled(terminal, 'red', printable(one))}\n`).join('')}`);
  return exitCode;
}

const columns = [
  { title: 'SINK' },
  { title: 'VERSION' },
  { title: 'REVISION' },
  { title: 'BOUND TO' },
  { title: 'EVENTS', wraps: true },
] as const;
