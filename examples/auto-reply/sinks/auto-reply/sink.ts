import { day, defineSink, next } from '@sluice/sdk';
import { z } from 'zod';

/** Tells whoever writes that nobody is there: a person only, and once a week (RFC 3834). */
export default defineSink({
  name: 'auto-reply',
  version: '1.0.0',
  description: 'Answers that nobody is there.',
  role: 'observes',
  needs: ['submit', 'kv'],
  settings: z.strictObject({ subject: z.string().default('Out of office'), text: z.string() }),

  async onArrival({ envelope, message, settings }, { submit, kv, log }) {
    const { reversePath } = envelope;
    const isMachine =
      reversePath === '' ||
      (message.field('Auto-Submitted') ?? 'no').trim().toLowerCase() !== 'no' ||
      ['List-Id', 'List-Unsubscribe', 'Precedence'].some((name) => message.field(name) !== null);
    if (isMachine || (await kv.get(reversePath)) !== null) return next();

    await kv.put(reversePath, 'answered', 7 * day);
    const id = message.field('Message-ID');
    const answer = await submit.message({
      to: [reversePath],
      subject: `${settings.subject}: ${message.field('Subject') ?? ''}`,
      text: settings.text,
      fields: id === null ? [] : [['In-Reply-To', id]],
    });
    log.info('answered', { to: reversePath, answer: answer.kind });
    return next();
  },
});
