import { say, sayAndClose, type Answer } from './answer.ts';
import { overseen } from './command-event.ts';
import type { CommandLine } from './line-reader.ts';
import { replies } from './replies.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';
import { steps } from './steps/table.ts';
import { unknown } from './steps/unknown.ts';

/** A command to be run; `verb` is in upper case, `''` when the line has none one could name. */
export type Command = { readonly verb: string; run(): Answer | Promise<Answer> };

/**
 * Finds out what a command line wants.
 *
 * @param isFollowed whether octets after it are here already
 */
export function readCommand(server: Server, session: SmtpSession, line: CommandLine, isFollowed: boolean): Command {
  if (line.kind === 'bad') return { verb: '', run: () => badLines[line.problem] };
  const { verb, argument } = split(line.text);
  if (session.isRefused && verb !== 'QUIT') return { verb: named(verb), run: () => say(replies.refusedSession) };
  const row = steps.get(verb);
  if (!row) {
    const run = (): Answer => unknown(verb, argument);
    const asked = { verb: named(verb), argument, isKnown: false };
    return { verb: asked.verb, run: asked.verb === '' ? run : () => overseen(server, session, asked, run) };
  }
  const mayBeFollowed = row.grouping === 'any' || (row.grouping === 'free' && session.offers('PIPELINING'));
  if (isFollowed && !mayBeFollowed) return { verb, run: () => sayAndClose(replies.outOfStep) };
  const asked = { verb, argument, isKnown: true };
  return { verb, run: () => overseen(server, session, asked, (edits) => row.step(server, session, argument, edits)) };
}

const named = (verb: string): string => (/^[A-Z0-9-]{1,20}$/.test(verb) ? verb : '');

const badLines = {
  'too-long': say(replies.lineTooLong),
  'bare-line-end': say(replies.bareLineEnd),
  nul: say(replies.nulInCommand),
  endless: sayAndClose(replies.tooManyErrors),
} as const satisfies Record<Extract<CommandLine, { kind: 'bad' }>['problem'], Answer>;

/** White space at the end does not count (RFC 5321 §4.1.1). */
function split(text: string): { readonly verb: string; readonly argument: string } {
  let end = text.length;
  while (end > 0 && isBlank(text[end - 1])) end--;
  const space = text.indexOf(' ');
  if (space < 0 || space >= end) return { verb: text.slice(0, end).toUpperCase(), argument: '' };
  let start = space;
  while (isBlank(text[start])) start++;
  return { verb: text.slice(0, space).toUpperCase(), argument: text.slice(start, end) };
}

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t';
