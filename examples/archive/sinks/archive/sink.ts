import { addRecipient, defineSink, next } from '@sluice/sdk';
import { z } from 'zod';

/** Puts a copy of every message into the mailbox of an archive user. */
export default defineSink({
  name: 'archive',
  version: '1.0.0',
  description: 'Keeps a copy of every message.',
  role: 'edits',
  settings: z.strictObject({
    /** Whose mailbox the copies go to; a user of a domain of ours. */
    to: z.string().includes('@'),
  }),

  onArrival({ envelope, settings }) {
    const isThere = envelope.recipients.some((recipient) => recipient.toLowerCase() === settings.to.toLowerCase());
    return isThere ? next() : next(addRecipient(settings.to));
  },
});
