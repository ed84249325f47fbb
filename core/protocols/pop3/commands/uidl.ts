import { anyMessage } from '../arguments.ts';
import { command } from '../command.ts';
import { ok, listing } from '../response.ts';
import { lookUp } from './look-up.ts';

/** Gives the unique id of one message or of all; the same in every session. */
export const uidl = command({
  verb: 'UIDL',
  source: 'RFC 1939 §7',
  in: ['transaction'],
  args: anyMessage,
  run({ drop }, number) {
    if (number !== null) return lookUp(drop, number, (message) => ok(`${number} ${drop.uidOf(message)}`));
    return listing(
      'unique ids follow',
      drop.list().map((message) => `${message.number} ${drop.uidOf(message)}`),
    );
  },
});
