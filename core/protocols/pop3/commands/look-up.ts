import type { DropMessage, Maildrop } from '../maildrop.ts';
import { err, type Response } from '../response.ts';

/** Runs the rest of a command on the message of that number, or says why there is none. */
export async function lookUp(
  drop: Maildrop,
  number: number,
  run: (message: DropMessage) => Response | Promise<Response>,
): Promise<Response> {
  const message = drop.find(number);
  if (message === null) return err('no such message');
  return message === 'deleted' ? err(`message ${number} already deleted`) : await run(message);
}
