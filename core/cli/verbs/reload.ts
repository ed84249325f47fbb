import { printable } from '../terminal.ts';
import { ask, exitCodes, printJson, type Verb } from '../verb.ts';

/** `sluice reload`: reads configuration and sinks again; says what changed, or why nothing did. */
export async function reload(verb: Verb): Promise<number> {
  const outcome = await ask(verb, 'reload', {});
  const exitCode = outcome.kind === 'done' ? exitCodes.ok : exitCodes.problem;
  if (verb.json) return printJson(verb, outcome, exitCode);

  const { terminal } = verb;
  if (outcome.kind === 'done') {
    terminal.out(
      outcome.changes.length === 0 ? 'Nothing changed.\n' : `Live: ${outcome.changes.map(printable).join(', ')}\n`,
    );
  } else {
    terminal.out(`${outcome.problems.map(printable).join('\n')}\n`);
    terminal.err('Nothing changed: what ran before runs on.\n');
  }
  return exitCode;
}
