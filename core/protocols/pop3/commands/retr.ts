import { oneMessage } from '../arguments.ts';
import { command } from '../command.ts';
import { message } from '../response.ts';
import { lookUp } from './look-up.ts';

/** Gives the whole message. */
export const retr = command({
  verb: 'RETR',
  source: 'RFC 1939 §5',
  in: ['transaction'],
  args: oneMessage,
  run(stage, number) {
    return lookUp(stage.drop, number, async (found) => {
      const refusal = await stage.refusalOf('RETR', found);
      return refusal ?? message(`${found.size} octets`, await stage.drop.octets(found));
    });
  },
});
