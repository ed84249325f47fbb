import { none } from '../arguments.ts';
import { command } from '../command.ts';
import { err, startTls } from '../response.ts';

/** Begins TLS; what the client has sent after it in the clear is thrown away (CVE-2011-0411). */
export const stls = command({
  verb: 'STLS',
  source: 'RFC 2595 §4',
  in: ['authorization'],
  args: none,
  run: (stage) => (stage.access().offersTls ? startTls : err('TLS is not offered here, or is active already')),
});
