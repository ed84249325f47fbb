import { addRecipient, day, defineSink, next, noted, setMailbox } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const settings = z.strictObject({
  /** The mailbox of the sender it is put into. */
  mailbox: z._default(
    z.string().check(z.regex(/^[\w .&-]{1,64}$/, 'expected the name of a mailbox, such as Sent')),
    'Sent',
  ),
});

/** Stands behind the separator in the address of the copy; a stranger who writes it reaches the inbox as always. */
const mark = '+sent-copy';

/** Files what an authenticated user sends, as it was edited, in the user's own mailbox. See README.md beside this file. */
export default defineSink({
  name: 'sent-copy',
  version: '1.0.0',
  description: 'Files what users send, as it was edited, in their Sent mailbox.',
  role: 'edits',
  needs: ['kv', 'directory'],
  settings,

  async onArrival({ session, traceId }, { kv, directory }) {
    const identity = session?.identity ?? null;
    const entry = identity === null ? null : await directory.lookup(identity);
    if (entry?.kind !== 'user') return noted(next(), 'no copy: nobody of ours sent it');
    const copy = entry.address.replace('@', `${mark}@`);
    // What is delivered later is the copy if it was asked for here: nobody else can have a message filed.
    await kv.put(`${traceId} ${copy.toLowerCase()}`.slice(0, 512), entry.address, 7 * day);
    return next(addRecipient(copy));
  },

  async onDeliver({ recipient, traceId, settings: { mailbox } }, { kv }) {
    if (!recipient.toLowerCase().includes(`${mark}@`)) return next();
    const owner = await kv.get(`${traceId} ${recipient.toLowerCase()}`.slice(0, 512));
    return owner === null ? next() : next(setMailbox(`${owner}/${mailbox}`));
  },
});
