import { defer, defineSink, discard, next, noted, quarantine, reject, setField } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const settings = z.strictObject({
  infected: z._default(z.enum(['reject', 'quarantine', 'discard'], 'expected reject, quarantine or discard'), 'reject'),
  /** What becomes of mail while the scanner cannot say. */
  unscanned: z._default(z.enum(['defer', 'quarantine', 'pass'], 'expected defer, quarantine or pass'), 'defer'),
  /** What becomes of mail larger than the grant lets it see. */
  tooLarge: z._default(z.enum(['pass', 'quarantine', 'reject'], 'expected pass, quarantine or reject'), 'pass'),
});

const field = 'X-Virus-Scanned';

/** Lets clamd look at each message. See README.md beside this file. */
export default defineSink({
  name: 'clamav',
  version: '1.0.0',
  description: 'Lets clamd look for viruses: refuses, holds or drops what is infected.',
  role: 'decides',
  needs: ['scan'],
  settings,

  async onEndOfData({ settings: its }, { scan, log }) {
    const answer = await scan.message();
    if (answer.kind === 'clean') return next(setField(field, 'clean'));
    if (answer.kind === 'infected') {
      const { name } = answer;
      log.warn('infected', { name, action: its.infected });
      if (its.infected === 'reject')
        return noted(reject(`Message refused, it contains ${name}`.slice(0, 400), { code: 554, status: '7.1' }), name);
      return its.infected === 'quarantine' ? quarantine(`infected: ${name}`) : discard(`infected: ${name}`);
    }
    const { reason } = answer;
    const action = reason === 'too-large' ? its.tooLarge : its.unscanned;
    log.warn('not scanned', { reason, action });
    if (action === 'reject')
      return reject('Message refused, it is too large to be scanned', { code: 552, status: '3.4' });
    if (action === 'defer') return defer('The message cannot be scanned now', { status: '7.1' });
    const marked = setField(field, `not scanned (${reason})`);
    return action === 'quarantine' ? quarantine(`not scanned: ${reason}`, marked) : next(marked);
  },
});
