import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { openMessage } from '../../../core/message/message.ts';
import { fixtures } from '../../messages/make.ts';

const plain = 'Fußnote: 5 €\nExample Ltd';
const html = '<p>Fußnote: 5 €</p>';
/** Bodies that edits go into; `odd.eml` has a part of an unknown charset and a root nobody else reads as we do. */
const editable = fixtures().filter(([name]) => !name.includes('odd'));

/** What mailparser reads, without what it makes of line ends at the ends. */
async function read(
  octets: Uint8Array,
): Promise<{ readonly text: string; readonly html: string; readonly files: readonly string[] }> {
  const mail = await simpleParser(Buffer.from(octets), {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
  });
  const files = mail.attachments.map(({ contentType, checksum }) => `${contentType} ${checksum}`);
  return { text: mail.text?.trimEnd() ?? '', html: (mail.html || '').trimEnd(), files };
}

test.each(editable)('%s: mailparser reads the old text, the new one, and the same attachments', async (_, octets) => {
  const message = openMessage(octets);
  const before = await read(octets);
  const [outcome] = message.edit([{ kind: 'insert-text', position: 'after', plain, html }]);
  const after = await read(message.write());
  expect(after.files).toEqual(before.files);
  const parts = new Set(outcome?.kind === 'done' ? outcome.changes.map(({ part }) => part) : []);
  const types = [...parts].map((path) => typeAt(message.data('none').tree, path));
  expect(after.text.includes(plain)).toBe(types.includes('text/plain'));
  expect(after.html.includes('<p>Fu&#223;note: 5 &#8364;</p>')).toBe(types.includes('text/html'));
  expect(after.text.replace(`\n${plain}`, '')).toBe(before.text);
  expect(after.html.replaceAll(/\r?\n?<p>Fu&#223;note: 5 &#8364;<\/p>\r?\n?/g, '')).toBe(before.html);
});

type Tree = ReturnType<ReturnType<typeof openMessage>['data']>['tree'];

function typeAt(tree: Tree, path: string): string | null {
  if (tree.path === path) return tree.type;
  return tree.parts.map((part) => typeAt(part, path)).find((type) => type !== null) ?? null;
}

test('text() and html() read what mailparser reads', async () => {
  for (const [, octets] of editable) {
    const message = openMessage(octets);
    const text = message.text();
    const other = await read(octets);
    expect(text === null || other.text.startsWith(text.trimEnd())).toBe(true);
    const source = message.html();
    expect(source === null || other.html.startsWith(source.replaceAll('\r\n', '\n').trimEnd())).toBe(true);
  }
});
