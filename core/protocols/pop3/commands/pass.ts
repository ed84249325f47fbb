import { everything } from '../arguments.ts';
import { command } from '../command.ts';
import { err } from '../response.ts';

/** Logs in. A space is part of the password. */
export const pass = command({
  verb: 'PASS',
  source: 'RFC 1939 §7',
  in: ['authorization'],
  args: everything,
  async run(stage, password) {
    const { user } = stage;
    stage.user = null;
    return user === null ? err('send USER first') : await stage.login(user, password);
  },
});
