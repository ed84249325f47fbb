import { commands } from './commands/table.ts';
import { longestLine, type Line } from './line-reader.ts';
import { err, type Response } from './response.ts';
import type { Stage } from './stage.ts';

/** The keyword of a command line in upper case; `''` when the line was too long to have one. */
export function verbOf(line: Line): string {
  return line.kind === 'line' ? (line.text.split(' ', 1)[0] ?? '').toUpperCase() : '';
}

/** @param verb upper case */
export const isCommand = (verb: string): boolean => commands.has(verb);

/**
 * One command line in, one response out. Sockets and timeouts are the connection's business.
 *
 * @throws Fault when the store or the database cannot answer
 * @source RFC 1939 §3
 */
export async function interpret(stage: Stage, line: Line): Promise<Response> {
  if (line.kind === 'too-long') return err(`line too long: ${longestLine} octets at most`);
  const verb = verbOf(line);
  const command = commands.get(verb);
  // PASS comes right after USER or not at all (RFC 1939 §7).
  if (stage.kind === 'authorization' && verb !== 'PASS') stage.user = null;
  return command ? await command.run(stage, line.text.slice(verb.length + 1)) : err('unknown command');
}
