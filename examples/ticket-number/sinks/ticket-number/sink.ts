import { defineSink, next, setField } from '@sluice/sdk';

/** Numbers mail to the help desk: `[#17] Printer is on fire`. A reply keeps the number it has. */
export default defineSink({
  name: 'ticket-number',
  version: '1.0.0',
  description: 'Puts a ticket number into the subject.',
  role: 'edits',
  needs: ['kv'],

  async onArrival({ message }, { kv, log }) {
    const subject = message.field('Subject') ?? '';
    if (/\[#\d+\]/.test(subject)) return next();
    const ticket = await kv.increment('last ticket');
    log.info('numbered', { ticket });
    return next(setField('Subject', `[#${ticket}] ${subject}`.trim()));
  },
});
