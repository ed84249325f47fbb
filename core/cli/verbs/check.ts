import { basename } from 'node:path';
import { formatProblem, readConfig, type Problem } from '../../config/config.ts';
import type { ReadConfig } from '../../config/read.ts';
import { printable } from '../terminal.ts';
import { exitCodes, printJson, type Verb } from '../verb.ts';
import { countOf } from '../words.ts';

/** Looks at a configuration together with its sinks. @returns what is wrong with what it says of them */
export type Inspect = (read: Extract<ReadConfig, { readonly kind: 'config' }>) => Promise<readonly Problem[]>;

/** `sluice check [file]`: every problem with its place, or what is in the file. Needs no running Sluice. */
export async function check(verb: Verb, file: string, inspect: Inspect): Promise<number> {
  const read = await readConfig(file);
  const problems = read.kind === 'problems' ? read.problems : await inspect(read);
  const exitCode = problems.length === 0 ? exitCodes.ok : exitCodes.problem;
  if (verb.json) return printJson(verb, { file, problems }, exitCode);

  if (problems.length > 0) verb.terminal.out(problems.map((one) => `${printable(formatProblem(one))}\n`).join(''));
  else if (read.kind === 'config')
    verb.terminal.out(`${basename(file)} is good: ${contentsOf(read.config.virtualServers)}\n`);
  return exitCode;
}

function contentsOf(servers: readonly { readonly bindings: readonly unknown[] }[]): string {
  const bindings = servers.reduce((sum, server) => sum + server.bindings.length, 0);
  return `${countOf(servers.length, 'virtual server')}, ${countOf(bindings, 'binding')}`;
}
