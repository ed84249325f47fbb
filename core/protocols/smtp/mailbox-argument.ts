import { parseParameters, type Parameters } from './parameters.ts';
import { readPath, type Address, type PathProblem } from './path.ts';

export type MailboxArgument =
  | { readonly kind: 'mailbox'; readonly address: Address | null; readonly parameters: Parameters }
  | { readonly kind: 'malformed'; readonly problem: PathProblem | 'keyword' | 'parameters' };

/**
 * Reads `FROM:<path> parameters` and `TO:<path> parameters`.
 *
 * QUIRK: white space after the colon, which RFC 5321 §3.3 forbids and many clients send, is skipped.
 *
 * @param keyword with its colon, upper case
 */
export function readMailboxArgument(argument: string, keyword: 'FROM:' | 'TO:'): MailboxArgument {
  if (argument.slice(0, keyword.length).toUpperCase() !== keyword) return { kind: 'malformed', problem: 'keyword' };
  let from = keyword.length;
  while (argument[from] === ' ') from++;
  const path = readPath(argument, from);
  if (path.kind === 'invalid') return { kind: 'malformed', problem: path.problem };
  const parameters = parseParameters(argument.slice(path.end));
  if (parameters === null) return { kind: 'malformed', problem: 'parameters' };
  return { kind: 'mailbox', address: path.address, parameters };
}
