import type { Edit } from '../../../sdk/edits.ts';
import type { Line } from './line-reader.ts';
import { verbOf } from './interpreter.ts';
import { refusalOf } from './refusal.ts';
import { err, listing, ok, type Response } from './response.ts';
import type { SessionEvents } from './session-events.ts';
import type { SessionParts } from './services.ts';

type Run = () => Promise<Response>;

/** Capabilities there may be with those sinks add; more are left out. */
const most = 50;

/** Asks onCommand, where any binding of this virtual server wants it, and then runs the command or not. */
export async function overseen(
  events: SessionEvents,
  { services, virtualServer }: SessionParts,
  { line, isKnown }: { readonly line: Line; readonly isKnown: boolean },
  run: Run,
): Promise<Response> {
  const verb = verbOf(line);
  if (line.kind !== 'line' || !/^[A-Z0-9-]{1,20}$/.test(verb) || !events.isAsked('onCommand')) return await run();
  const payload = { verb, argument: argumentOf(verb, line.text), known: isKnown };
  const { decision, edits, by } = await events.ask('onCommand', payload);
  const refusal = refusalOf(decision);
  if (decision.kind !== 'reply') return refusal ?? edited(verb, await run(), edits);
  if (!isKnown || verb === 'NOOP') return ok(decision.reply.text);
  const what = 'a sink answered a command that only the server can answer';
  services.log.warn({ binding: by?.key, verb, virtualServer }, what);
  return err('system incorrectly configured, try again later', 'SYS/TEMP');
}

/** Never a password, nor what it is in. */
function argumentOf(verb: string, text: string): string {
  const argument = text.slice(verb.length + 1).trimEnd();
  if (verb === 'PASS') return '';
  return verb === 'AUTH' ? (argument.split(' ', 1)[0] ?? '') : argument;
}

/** CAPA with lines added and hidden as the sinks said, in order. @source RFC 2449 §5 */
function edited(verb: string, response: Response, edits: readonly Edit[]): Response {
  if (verb !== 'CAPA' || response.kind !== 'listing') return response;
  let { lines } = response;
  for (const edit of edits) {
    if (edit.kind === 'hide-capability') lines = lines.filter((line) => tagOf(line) !== edit.keyword.toUpperCase());
    if (edit.kind === 'add-capability' && lines.length < most) lines = [...lines, edit.line];
  }
  return listing(response.text, lines);
}

const tagOf = (line: string): string => (line.split(' ', 1)[0] ?? '').toUpperCase();
