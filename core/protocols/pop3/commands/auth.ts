import { mechanismAndResponse } from '../arguments.ts';
import { command } from '../command.ts';
import { err } from '../response.ts';

/** Logs in with a SASL mechanism; what follows are its messages, and no commands. */
export const auth = command({
  verb: 'AUTH',
  source: 'RFC 5034 §4',
  in: ['authorization'],
  args: mechanismAndResponse,
  async run(stage, mechanism, initial) {
    if (!stage.access().takesPasswords) return err('that mechanism needs TLS: send STLS first');
    return await stage.authenticate(mechanism, initial);
  },
});
