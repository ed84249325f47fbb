import { addCapability, defineSink, next, reject, reply } from '@sluice/sdk';

/** Speaks a command of its own: `X-HELLO <name>`. */
export default defineSink({
  name: 'own-verb',
  version: '1.0.0',
  description: 'Answers X-HELLO, and announces it.',
  role: 'decides',

  onCommand({ verb, argument, session }) {
    if (verb === 'EHLO') return next(addCapability('X-HELLO'));
    if (argument === '') return reject('Syntax: X-HELLO <name>', { code: 501, status: '5.4' });
    return reply(`Hello ${argument}, you come from ${session?.remote.address}`);
  },
});
