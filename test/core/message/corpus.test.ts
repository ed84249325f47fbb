import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMessage } from '../../../core/message/message.ts';
import { appendField, insertText } from '../../../sdk/edits.ts';
import { composed } from '../../messages/compose.ts';

const runs = { numRuns: process.env['LONG'] ? 50_000 : 1_500 };
const trimmed = (text: string | null): string | null => text?.replaceAll('\r\n', '\n').trimEnd() ?? null;
/** Joined softly broken lines and stuffing are what `text()` shows; spaces tell nothing here. */
const bare = (text: string | null): string | null => text?.replaceAll(/\s+/g, '') ?? null;

test('what was put into a message is read out of it (R10–R12, R14)', () => {
  fc.assert(
    fc.property(composed, ({ octets, plain, html }) => {
      const message = openMessage(octets);
      expect(bare(message.text())).toBe(bare(plain));
      expect(trimmed(message.html())).toBe(trimmed(html));
    }),
    runs,
  );
});

/** A text without the one that was put in, once; all of it when that is not there once. */
function without(whole: string | null, added: string): string | null {
  const pieces = bare(whole)?.split(bare(added) ?? '');
  return pieces?.length === 2 ? pieces.join('') : bare(whole);
}

test.each(['after', 'before', 'below-newest-reply'] as const)(
  'text put in %s: old text and new text, and nothing else (R02, R10–R12)',
  (position) => {
    fc.assert(
      fc.property(composed, fc.constantFrom('Legal notice', 'Fußnote: 5 €'), ({ octets, plain, html }, text) => {
        const message = openMessage(octets);
        const [outcome] = message.edit([insertText({ plain: text, html: `<i>${text}</i>` }, position)]);
        expect(outcome).toMatchObject({ kind: 'done' });
        const again = openMessage(message.write());
        expect(again.text()).toBe(message.text());
        expect(without(message.text(), text)).toBe(bare(plain));
        const inHtml = `<i>${text.replace('ß', '&#223;').replace('€', '&#8364;')}</i>`;
        expect(without(message.html(), inHtml)).toBe(bare(html));
      }),
      runs,
    );
  },
);

test('a message that was written is indexed as it was, edit after edit', () => {
  fc.assert(
    fc.property(composed, ({ octets }) => {
      const message = openMessage(octets);
      message.edit([insertText({ plain: 'one', html: 'one' }), appendField('X-A', '1')]);
      const first = openMessage(message.write());
      expect(first.data('none')).toEqual(message.data('none'));
      expect(Buffer.compare(first.write(), message.write())).toBe(0);
      message.edit([insertText({ plain: 'two', html: 'two' })]);
      first.edit([insertText({ plain: 'two', html: 'two' })]);
      expect(Buffer.compare(first.write(), message.write())).toBe(0);
    }),
    runs,
  );
});
