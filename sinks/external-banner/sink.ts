import { defineSink, insertText, next, noted, setField } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const domain = z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{0,252}$/i, 'expected a domain such as example.com'));
const line = (longest: number) =>
  z
    .string()
    .check(z.regex(new RegExp(`^[^\\p{Cc}]{1,${longest}}$`, 'u'), `expected 1 to ${longest} characters on one line`));
const settings = z.strictObject({
  /** Whose From is not external; subdomains too. */
  internal: z.array(domain).check(z.minLength(1, 'expected your domains')),
  text: z._default(line(500), 'This message came from outside. Think before you follow links or open attachments.'),
  /** The background of the banner in HTML. */
  colour: z._default(z.string().check(z.regex(/^#[0-9a-f]{6}$/i, 'expected a colour such as #fff4ce')), '#fff4ce'),
  /** Put before the subject, once: `[EXTERNAL]`. */
  subjectTag: z.optional(line(40)),
});

/** Puts a warning on top of mail from outside. See README.md beside this file. */
export default defineSink({
  name: 'external-banner',
  version: '1.0.0',
  description: 'Puts a warning on top of mail from outside.',
  role: 'edits',
  needs: ['message'],
  settings,

  async onArrival({ message, session, settings: { internal, text, colour, subjectTag } }, has) {
    if (session === null || session.identity !== null) return noted(next(), 'no banner: one of us sent it');
    if (message.tree.type === 'multipart/report') return noted(next(), 'no banner: a report');
    const from = /@([a-z0-9.-]{1,253})[>\s]{0,10}$/i.exec(message.field('From') ?? '')?.[1]?.toLowerCase() ?? '';
    const isInternal = internal.some((one) => from === one.toLowerCase() || from.endsWith(`.${one.toLowerCase()}`));
    // From can be written by anybody; that it is true, DMARC says: a sink before this one has looked.
    if (isInternal && session.tags['dmarc'] === 'pass') return noted(next(), `no banner: ${from} is one of us`);

    const subject = message.field('Subject') ?? '';
    const tagged =
      subjectTag === undefined || subject.includes(subjectTag) ? [] : [setField('Subject', `${subjectTag} ${subject}`)];
    const [plain, html] = [await has.message.text(), await has.message.html()];
    // What begins with it has it already; in what is quoted below, it is about an older message.
    const isThere = [plain, html && html.replaceAll(/<[^<>]{0,2000}>/g, ' ')].some((body) =>
      body?.trimStart().startsWith(text),
    );
    if (isThere) return noted(next(...tagged), 'no banner: it is there already');
    const style = `background:${colour};color:#222;border:1px solid #c8a400;padding:8px;font-family:sans-serif`;
    const banner = `<div style="${style}">${escape(text)}</div>`;
    return noted(next(...tagged, insertText({ plain: `${text}\n\n`, html: banner }, 'before')), 'banner');
  },
});

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (one) => entities[one] ?? one);
