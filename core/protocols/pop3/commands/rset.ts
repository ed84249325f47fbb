import { none } from '../arguments.ts';
import { command } from '../command.ts';
import { ok } from '../response.ts';

/** Takes all deletion marks back. */
export const rset = command({
  verb: 'RSET',
  source: 'RFC 1939 §5',
  in: ['transaction'],
  args: none,
  run({ drop }) {
    drop.unmark();
    return ok(`maildrop has ${drop.list().length} messages`);
  },
});
