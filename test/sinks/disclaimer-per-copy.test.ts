import { expect, test } from 'vitest';
import perCopy from '../../sinks/disclaimer-per-copy/sink.ts';
import { messageDataOf } from '../support/bindings.ts';
import { fire } from '../support/fire.ts';
import { notGranted } from './disclaimer-desk.ts';

const rules = [
  { name: 'partners', when: { recipient: '*@partner.example' }, text: 'Covered by our agreement of 2026.' },
  { name: 'others', when: { recipient: 'external' }, text: 'For the persons it is addressed to, and no others.' },
];

async function ask(
  recipients: readonly string[],
  settings: object = {},
  fields: readonly (readonly [string, string])[] = [],
) {
  const message = messageDataOf([['From', 'jane@example.test'], ...fields]);
  const { decision } = await fire(
    perCopy,
    'onCategorized',
    { envelope: { reversePath: 'jane@example.test', recipients }, message },
    {
      settings: { internal: 'example.test', rules, ...settings },
      host: { 'message.text': () => 'Hi', 'directory.lookup': notGranted },
    },
  );
  return decision;
}

test('recipients other rules are for get a copy of their own', async () => {
  expect(await ask(['a@partner.example', 'eve@example.test', 'x@else.example', 'b@partner.example'])).toMatchObject({
    kind: 'fork',
    groups: [['a@partner.example', 'b@partner.example'], ['eve@example.test'], ['x@else.example']],
  });
});

test.each([
  [['a@partner.example', 'b@partner.example'], 'Covered by our agreement'],
  [['x@else.example'], 'and no others'],
])('a copy for one kind of recipients gets their text: %j', async (recipients, text) => {
  expect(await ask(recipients)).toMatchObject({ kind: 'next', edits: [{ plain: expect.stringContaining(text) }, {}] });
});

test('a copy nobody has a rule for goes on as it is, and so does automatic mail, undivided', async () => {
  expect(await ask(['eve@example.test'])).toEqual({ kind: 'next', edits: [] });
  const all = ['a@partner.example', 'eve@example.test'];
  expect(await ask(all, {}, [['Auto-Submitted', 'auto-replied']])).toEqual({ kind: 'next', edits: [] });
});

test('with match: first, recipients that differ in later rules only share a copy', async () => {
  const both = { rules: [{ name: 'all', text: 'words for everybody' }, ...rules] };
  expect(await ask(['a@partner.example', 'eve@example.test'], both)).toMatchObject({ kind: 'next' });
  expect(await ask(['a@partner.example', 'eve@example.test'], { ...both, match: 'all' })).toMatchObject({
    kind: 'fork',
  });
});
