import { openAdminClient } from '../admin/admin.ts';
import type { InputOf, OutputOf, RouteName } from '../admin/routes.ts';
import { Fault } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/** What commands end with; `sluice --help` explains them. */
export const exitCodes = { ok: 0, problem: 1, usage: 2, notRunning: 3 } as const;

/** A command that cannot go on: what to tell, and what to end with. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly exitCode: number;

  constructor(text: string, exitCode: number = exitCodes.problem) {
    super(text);
    this.exitCode = exitCode;
  }
}

/** What every verb works with. */
export type Verb = {
  readonly terminal: Terminal;
  /** JSON instead of text. */
  readonly json: boolean;
  /** The data folder, as it shall stand in texts. */
  readonly data: string;
  now(): number;
};

/**
 * Asks the running Sluice.
 *
 * @param absent what to say when there is no such thing
 * @throws Refusal that says what to do next
 */
export async function ask<R extends RouteName>(
  { data }: Verb,
  name: R,
  input: InputOf<R>,
  absent = 'there is no such thing',
): Promise<OutputOf<R>> {
  const answer = await openAdminClient(data)
    .ask(name, input)
    .catch((thrown: unknown) => {
      throw thrown instanceof Fault ? unreachable(data, thrown) : thrown;
    });
  if (answer.kind === 'answer') return answer.value;
  throw new Refusal(answer.kind === 'absent' ? absent : answer.text);
}

function unreachable(data: string, { code, cause, message, context }: Fault): Refusal {
  if (code !== 'admin.unreachable') return new Refusal(`${message} ${JSON.stringify(context)}`);
  const reason = cause instanceof Error && 'code' in cause ? cause.code : '';
  if (reason === 'EACCES') return new Refusal(`The Sluice on ${data} belongs to another user: run this as that user.`);
  if (reason === 'ENOENT' || reason === 'ECONNREFUSED') {
    const text = `No Sluice runs on ${data}: start it with npm start, or name its folder with --data.`;
    return new Refusal(text, exitCodes.notRunning);
  }
  return new Refusal(`The Sluice on ${data} does not answer: look at its log.`, exitCodes.notRunning);
}

/** Writes a value as JSON. @returns the exit code */
export function printJson({ terminal }: Verb, value: unknown, exitCode: number = exitCodes.ok): number {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
  return exitCode;
}
