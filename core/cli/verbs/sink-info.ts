import { ask, exitCodes, printJson, Refusal, type Verb } from '../verb.ts';
import { printable } from '../terminal.ts';

/** `sluice sink info <name>`: everything the running Sluice knows of a sink. */
export async function printSinkInfo(verb: Verb, name: string): Promise<number> {
  const sinks = await ask(verb, 'sinks', {});
  const found = sinks.find((sink) => sink.name === name);
  if (!found) throw new Refusal(`There is no sink ${name}; there are ${sinks.map((sink) => sink.name).join(', ')}`);
  const exitCode = found.problems.length === 0 ? exitCodes.ok : exitCodes.problem;
  if (verb.json) return printJson(verb, found, exitCode);
  const rows = Object.entries(found).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
  verb.terminal.out(rows.map(([key, value]) => `${key.padEnd(12)} ${printable(shown(value))}\n`).join(''));
  return exitCode;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ');
  return JSON.stringify(value);
}
