import { anyMessage } from '../arguments.ts';
import { command } from '../command.ts';
import { octetsIn } from '../maildrop.ts';
import { ok, listing } from '../response.ts';
import { lookUp } from './look-up.ts';

/** Gives the size of one message or of all, in octets. */
export const list = command({
  verb: 'LIST',
  source: 'RFC 1939 §5',
  in: ['transaction'],
  args: anyMessage,
  run({ drop }, number) {
    if (number !== null) return lookUp(drop, number, ({ size }) => ok(`${number} ${size}`));
    const messages = drop.list();
    return listing(
      `${messages.length} messages (${octetsIn(messages)} octets)`,
      messages.map((message) => `${message.number} ${message.size}`),
    );
  },
});
