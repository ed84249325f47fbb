import { oneMessage } from '../arguments.ts';
import { command } from '../command.ts';
import { ok } from '../response.ts';
import { lookUp } from './look-up.ts';

/** Marks a message as deleted. It is removed when the session ends with QUIT. */
export const dele = command({
  verb: 'DELE',
  source: 'RFC 1939 §5',
  in: ['transaction'],
  args: oneMessage,
  run({ drop }, number) {
    return lookUp(drop, number, () => {
      drop.mark(number);
      return ok(`message ${number} deleted`);
    });
  },
});
