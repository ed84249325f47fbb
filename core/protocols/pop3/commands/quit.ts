import { none } from '../arguments.ts';
import { command } from '../command.ts';
import { closing, ok } from '../response.ts';

/** Ends the session; after a login it first removes what is marked: the UPDATE state (RFC 1939 §6). */
export const quit = command({
  verb: 'QUIT',
  source: 'RFC 1939 §4, §6',
  in: ['authorization', 'transaction'],
  args: none,
  async run(stage) {
    const removed = stage.kind === 'transaction' ? await stage.drop.update() : 0;
    return closing(ok(removed === 0 ? 'bye' : `bye (${removed} messages removed)`));
  },
});
