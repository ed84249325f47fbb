import { oneName } from '../arguments.ts';
import { command } from '../command.ts';
import { err, ok } from '../response.ts';

/** Names the mailbox. Whether there is such a user only PASS tells, and not even then which of the two was wrong. */
export const user = command({
  verb: 'USER',
  source: 'RFC 1939 §7',
  in: ['authorization'],
  args: oneName,
  run(stage, named) {
    if (!stage.access().takesPasswords) return err('passwords in the clear are not taken on this connection');
    stage.user = named;
    return ok('send PASS');
  },
});
