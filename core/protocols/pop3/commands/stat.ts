import { none } from '../arguments.ts';
import { command } from '../command.ts';
import { octetsIn } from '../maildrop.ts';
import { ok } from '../response.ts';

/** Counts messages and octets, without those marked as deleted. */
export const stat = command({
  verb: 'STAT',
  source: 'RFC 1939 §5',
  in: ['transaction'],
  args: none,
  run({ drop }) {
    const messages = drop.list();
    return ok(`${messages.length} ${octetsIn(messages)}`);
  },
});
