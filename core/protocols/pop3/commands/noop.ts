import { none } from '../arguments.ts';
import { command } from '../command.ts';
import { ok } from '../response.ts';

/** Does nothing, but starts the autologout timer again. */
export const noop = command({
  verb: 'NOOP',
  source: 'RFC 1939 §5',
  in: ['transaction'],
  args: none,
  run: () => ok('nothing done'),
});
