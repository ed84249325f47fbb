import { defineSink, insertText, next } from '@sluice/sdk';
import { z } from 'zod';

/** Appends what the sender's department wants said. Who is in which department the directory knows. */
export default defineSink({
  name: 'department-disclaimer',
  version: '1.0.0',
  description: "Appends the disclaimer of the sender's department.",
  role: 'edits',
  needs: ['directory'],
  settings: z.strictObject({
    /** Text by department, as the directory writes it; `*` for everybody else. */
    texts: z.record(z.string(), z.string()),
  }),

  async onArrival({ envelope, settings }, { directory, log }) {
    const sender = await directory.lookup(envelope.reversePath);
    if (sender.kind !== 'user') return next();
    const department = sender.attributes['department'] ?? '*';
    const text = settings.texts[department] ?? settings.texts['*'];
    if (text === undefined) return next();
    log.info('appended', { department });
    return next(insertText({ plain: `\n-- \n${text}`, html: `<hr><p>${escapeHtml(text)}</p>` }));
  },
});

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
