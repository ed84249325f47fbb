import { addRecipient, defer, defineSink, next, noted } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const address = z.string().check(z.regex(/^[^\s<>@]{1,64}@[^\s<>@]{1,255}$/, 'expected an address'));
const settings = z.strictObject({
  /** Where the copies go: a user here, or an archive elsewhere. */
  to: address,
  /** `copy`: the message itself. `journal`: a report that says who sent it to whom, with the message as it is inside. */
  form: z._default(z.enum(['copy', 'journal'], 'expected copy or journal'), 'copy'),
});

/** Keeps a copy of every message. See README.md beside this file. */
export default defineSink({
  name: 'archive',
  version: '1.0.0',
  description: 'Keeps a copy of every message, or a journal report of it with its envelope.',
  role: 'edits',
  needs: ['message'],
  wants: ['submit'],
  settings,

  async onArrival({ envelope, message, session, traceId, settings: { to, form } }, { submit }) {
    const { reversePath, recipients } = envelope;
    const isTo = (one: string): boolean => one.toLowerCase() === to.toLowerCase();
    if (form === 'copy') return recipients.some(isTo) ? next() : next(addRecipient(to));
    // What goes to the archive and nowhere else is a report on its way there.
    if (recipients.every(isTo)) return next();
    const about = [
      ['Sender', reversePath === '' ? '<>' : reversePath],
      ['Subject', message.field('Subject') ?? ''],
      ['Message-Id', message.field('Message-ID') ?? ''],
      ...recipients.map((one) => ['Recipient', one]),
      ['Identity', session?.identity ?? ''],
      ['Client', session?.remote.address ?? ''],
      ['Trace', traceId],
    ];
    const said = await submit.message({
      to: [to],
      subject: oneLine(message.field('Subject') ?? ''),
      text: `${about.map(([name = '', value = '']) => `${name}: ${oneLine(value)}`).join('\n')}\n`,
      fields: [['X-MS-Journal-Report', 'yes']],
      attach: 'message',
    });
    if (said.kind === 'queued') return noted(next(), `journal report ${said.traceId}`);
    // A message that came of a report is in the archive with it.
    return said.reason === 'rate' ? defer('The archive takes no more now') : noted(next(), `no report: ${said.reason}`);
  },
});

const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 900);
