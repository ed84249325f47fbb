import { messageAndLines } from '../arguments.ts';
import { command } from '../command.ts';
import { topOf } from '../format.ts';
import { message } from '../response.ts';
import { lookUp } from './look-up.ts';

/** Gives the header section and the first lines of the body. */
export const top = command({
  verb: 'TOP',
  source: 'RFC 1939 §7',
  in: ['transaction'],
  args: messageAndLines,
  run(stage, number, lines) {
    return lookUp(stage.drop, number, async (found) => {
      const refusal = await stage.refusalOf('TOP', found);
      return refusal ?? message('top of message follows', await topOf(await stage.drop.octets(found), lines));
    });
  },
});
