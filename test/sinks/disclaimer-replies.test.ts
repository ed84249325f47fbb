import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { disclaim, mailOf } from './disclaimer-desk.ts';
import { replyShapes, type ReplyShape } from './reply-shapes.ts';

const words = 'DISCLAIMER this message is confidential and for you alone.';
const settings = { text: words, position: 'below-newest-reply' };

/** The forms of a message after it passed the sink, as another parser reads them. */
async function formsOf({ text, html }: ReplyShape, its: object = settings): Promise<readonly string[]> {
  const { written } = await disclaim(
    mailOf({ ...(text === undefined ? {} : { text }), ...(html === undefined ? {} : { html }) }),
    its,
  );
  const parsed = await simpleParser(written, { skipTextToHtml: true, skipHtmlToText: true });
  return [parsed.text, parsed.html].flatMap((form) => (typeof form === 'string' && form !== '' ? [form] : []));
}

const count = (form: string, word: string): number => form.split(word).length - 1;

test('there are replies of many mail programs', () => {
  expect(replyShapes.length).toBeGreaterThanOrEqual(40);
});

test.each(replyShapes)('R24 below the newest reply, above what it quotes: $name', async (shape) => {
  const forms = await formsOf(shape);
  expect(forms.length).toBeGreaterThan(0);
  for (const form of forms) {
    const places = ['NEW', 'NEW-END', 'DISCLAIMER', 'OLD'].map((word) => form.indexOf(word));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(count(form, 'DISCLAIMER')).toBe(1);
    expect(form).not.toMatch(/^>.*DISCLAIMER/m);
  }
});

test.each(replyShapes)('R25 what was added is recognised when it comes by again: $name', async ({ text, html }) => {
  const mail = mailOf({ ...(text === undefined ? {} : { text }), ...(html === undefined ? {} : { html }) });
  for (const repeat of ['thread', 'message']) {
    for (const position of ['below-newest-reply', 'after', 'before']) {
      const first = await disclaim(mail, { text: words, repeat, position });
      const again = await disclaim(first.written, { text: words, repeat, position });
      expect(again.edits).toEqual([]);
      expect(again.said).toBe('no disclaimer: it is there already');
    }
  }
});

test.each(replyShapes)(
  'R25 in the quoted text only, it is added by repeat: message, not by thread: $name',
  async ({ text, html }) => {
    const quoting = (form: string): string =>
      form.replace(/OLD (?:first line|text|texte|more text)(?![^]*OLD (?:text|more text))/, `OLD ${words}`);
    const shape = {
      ...(text === undefined ? {} : { text: quoting(text) }),
      ...(html === undefined ? {} : { html: quoting(html) }),
    };
    for (const form of Object.values(shape)) expect(form).toContain('DISCLAIMER');
    const below = { text: words, position: 'below-newest-reply' };
    expect((await disclaim(mailOf(shape), { ...below, repeat: 'thread' })).edits).toEqual([]);
    const { written } = await disclaim(mailOf(shape), { ...below, repeat: 'message' });
    const parsed = await simpleParser(written, { skipTextToHtml: true, skipHtmlToText: true });
    for (const form of [parsed.text, parsed.html]) {
      if (typeof form !== 'string' || form === '') continue;
      expect(count(form, 'DISCLAIMER')).toBe(2);
      expect(form.indexOf('DISCLAIMER')).toBeLessThan(form.indexOf('OLD'));
    }
  },
);
