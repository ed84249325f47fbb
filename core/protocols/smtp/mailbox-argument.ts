import { parseParameters, type Parameters } from './parameters.ts';
import { isAscii } from './domain.ts';
import { readPath, type Address, type PathProblem } from './path.ts';

export type MailboxArgument =
  | {
      readonly kind: 'mailbox';
      readonly address: Address | null;
      readonly parameters: Parameters;
      /** Not all of it is ASCII: that needs SMTPUTF8. */
      readonly isInternational: boolean;
    }
  | { readonly kind: 'malformed'; readonly problem: PathProblem | 'keyword' | 'parameters' };

/**
 * Reads `FROM:<path> parameters` and `TO:<path> parameters`.
 *
 * QUIRK: white space after the colon, which RFC 5321 §3.3 forbids and many clients send, is skipped.
 *
 * @param latin1 an octet a character
 * @param keyword with its colon, upper case
 */
export function readMailboxArgument(latin1: string, keyword: 'FROM:' | 'TO:'): MailboxArgument {
  const argument = readUtf8(latin1);
  if (argument === null) return { kind: 'malformed', problem: 'non-ascii' };
  if (argument.slice(0, keyword.length).toUpperCase() !== keyword) return { kind: 'malformed', problem: 'keyword' };
  let from = keyword.length;
  while (argument[from] === ' ') from++;
  const path = readPath(argument, from, 'utf8');
  if (path.kind === 'invalid') return { kind: 'malformed', problem: path.problem };
  const parameters = parseParameters(argument.slice(path.end));
  if (parameters === null) return { kind: 'malformed', problem: 'parameters' };
  return { kind: 'mailbox', address: path.address, parameters, isInternational: argument !== latin1 };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @returns null when it is neither ASCII nor UTF-8 */
function readUtf8(latin1: string): string | null {
  if (isAscii(latin1)) return latin1;
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return null;
  }
}
