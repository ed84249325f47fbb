import { expect, test } from 'vitest';
import type { PartData } from '../../sdk/message.ts';
import disclaimer from '../../sinks/disclaimer/sink.ts';
import { fire, problemsOf } from '../support/fire.ts';
import { notGranted } from './disclaimer-desk.ts';

type Mail = {
  fields?: readonly (readonly [string, string])[];
  /** Null: no such part. */
  text?: string | null;
  html?: string | null;
  tree?: PartData;
  reversePath?: string;
  recipients?: readonly string[];
};

const part = (type: string, ...parts: readonly PartData[]): PartData => ({
  path: '1',
  type,
  charset: null,
  disposition: null,
  filename: null,
  size: 10,
  parts,
});

const from = ['From', '"Doe, Jane" <jane@Example.TEST>'] as const;
const words = 'This mail is confidential and for you alone.';

function treeOf(text: string | null, html: string | null): PartData {
  if (text !== null && html !== null) return part('multipart/alternative', part('text/plain'), part('text/html'));
  return part(html === null ? 'text/plain' : 'text/html');
}

function add(settings: object, mail: Mail = {}) {
  const { fields = [from], text = 'Hello', html = null, reversePath = 'jane@example.test' } = mail;
  const { tree = treeOf(text, html), recipients = ['bob@Else.Example', 'cid@third.example'] } = mail;
  const message = { size: 100, fields, tree, protection: 'none' } as const;
  const host = {
    'message.text': () => text,
    'message.html': () => html,
    'clock.now': () => Date.UTC(2026, 10, 23, 23, 59),
    'directory.lookup': notGranted,
  };
  return fire(disclaimer, 'onArrival', { envelope: { reversePath, recipients }, message }, { settings, host });
}

/** What is inserted, in both forms. */
async function inserted(settings: object, mail: Mail = {}) {
  const { decision } = await add(settings, mail);
  const edit = decision.kind === 'next' ? decision.edits.find(({ kind }) => kind === 'insert-text') : undefined;
  return edit?.kind === 'insert-text' ? edit : null;
}

test('it inserts the text and names itself in the header', async () => {
  const { decision, calls } = await add({ text: words });
  expect(decision).toEqual({
    kind: 'next',
    edits: [
      { kind: 'insert-text', position: 'after', plain: `\n${words}`, html: `<div>${words}</div>` },
      { kind: 'append-field', name: 'X-Sluice-Disclaimer', value: 'default; rule="rule 1"' },
    ],
  });
  expect(calls).toEqual(['message.text']);
});

test('the position is handed on, and an empty line sets the text off on the side of the body', async () => {
  expect(await inserted({ text: words, position: 'before' })).toMatchObject({
    position: 'before',
    plain: `${words}\n\n`,
  });
  expect(await inserted({ text: words, position: 'below-newest-reply' })).toMatchObject({
    position: 'below-newest-reply',
    plain: `\n${words}\n\n`,
  });
});

test('the form that is missing comes from the other', async () => {
  const html =
    '<p>Bank &amp; Söhne &copy;</p>\n  <p>Call <a href="https://x.example/?a=1&amp;b=2">us</a>,<br>\n   please</p><style>p { x }</style>';
  expect(await inserted({ html })).toMatchObject({
    plain: '\nBank & Söhne ©\nCall us <https://x.example/?a=1&b=2>,\nplease',
    html: `<div>${html}</div>`,
  });
  expect(await inserted({ text: 'a < b & "c"\r\nnext' })).toMatchObject({
    plain: '\na < b & "c"\nnext',
    html: '<div>a &lt; b &amp; &quot;c&quot;<br>\nnext</div>',
  });
});

test('variables stand for author, first recipient and day; in HTML they are escaped', async () => {
  const text = '{{sender.name}}, {{ sender.address }}, {{sender.domain}}, {{recipient.domain}}, {{date}}';
  const evil = ['From', '"<script>alert(1)</script>&\'" <jane@example.test>'] as const;
  expect(
    await inserted({ text, html: '<b title="{{sender.name}}">{{sender.name}}</b>' }, { fields: [evil] }),
  ).toMatchObject({
    plain: "\n<script>alert(1)</script>&', jane@example.test, example.test, else.example, 2026-11-23",
    html: '<div><b title="&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;">&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;</b></div>',
  });
});

test('a value that looks like a variable is not filled again', async () => {
  const fields = [['From', '"{{sender.address}}" <jane@example.test>']] as const;
  expect(await inserted({ text: 'Regards from {{sender.name}}' }, { fields })).toMatchObject({
    plain: '\nRegards from {{sender.address}}',
  });
});

test.each([
  ['"Doe, Jane" <jane@example.test>', 'Doe, Jane|jane@example.test|example.test'],
  ['Jane Doe <jane@example.test>, bob@example.test', 'Jane Doe|jane@example.test|example.test'],
  ['jane@example.test (Jane (the) Doe)', 'Jane (the) Doe|jane@example.test|example.test'],
  ['jane@example.test', 'jane@example.test|jane@example.test|example.test'],
  ['=?UTF-8?Q?J=C3=A4ne?= =?utf-8?b?IETDtmU=?= <jane@example.test>', 'Jäne Döe|jane@example.test|example.test'],
  ['=?iso-8859-1*de?q?J=E4ne_Doe?= <jane@example.test>', 'Jäne Doe|jane@example.test|example.test'],
  ['=?koi8-r?q?=F0?= <jane@example.test>', '=?koi8-r?q?=F0?=|jane@example.test|example.test'],
  ['=?utf-8?q?=FF?= <jane@example.test>', '=?utf-8?q?=FF?=|jane@example.test|example.test'],
  ['"Back\\"slash\\\\" <"odd@local"@example.test>', 'Back"slash\\|"odd@local"@example.test|example.test'],
  ['=?utf-8?q?a=0D=0ABcc:_x=00?= <jane@example.test>', 'a Bcc: x|jane@example.test|example.test'],
  ['', 'reverse@path.example|reverse@path.example|path.example'],
  ['"open <jane@example.test>', 'reverse@path.example|reverse@path.example|path.example'],
])('of From: %s the author is %s', async (value, wanted) => {
  const text = '{{sender.name}}|{{sender.address}}|{{sender.domain}}';
  const mail = { fields: [['From', value]] as const, reversePath: 'reverse@path.example' };
  expect(await inserted({ text }, mail)).toMatchObject({ plain: `\n${wanted}` });
});

test('the clock is asked only when the day is wanted', async () => {
  expect((await add({ text: words })).calls).not.toContain('clock.now');
  expect((await add({ text: `${words} {{date}}` })).calls).toContain('clock.now');
});

const skipped: readonly (readonly [string, Mail, string])[] = [
  [
    'an automatic answer',
    { fields: [from, ['Auto-Submitted', ' Auto-Replied; x=y']] },
    'it is Auto-Submitted: auto-replied',
  ],
  [
    'a second field that says so',
    { fields: [from, ['Auto-Submitted', 'no'], ['auto-submitted', 'auto-generated']] },
    'it is Auto-Submitted: auto-generated',
  ],
  ['a null reverse-path', { reversePath: '' }, 'its reverse-path is null'],
  [
    'a report',
    { tree: part('multipart/report', part('text/plain'), part('message/delivery-status')) },
    'it is a report',
  ],
  ['a list by Precedence', { fields: [from, ['Precedence', 'List']] }, 'its Precedence is list'],
  ['bulk', { fields: [from, ['Precedence', 'bulk']] }, 'its Precedence is bulk'],
  ['a list by List-Id', { fields: [from, ['list-id', '<x.example>']] }, 'it has List-Id'],
  ['a calendar entry', { text: null, tree: part('text/calendar') }, 'it is a calendar entry only'],
  [
    'a calendar entry with attachment',
    {
      text: null,
      tree: part('multipart/mixed', part('text/calendar'), { ...part('text/plain'), disposition: 'attachment' }),
    },
    'it is a calendar entry only',
  ],
  ['an attachment only', { text: null, tree: part('application/pdf') }, 'it has no text to add to'],
  [
    'a forwarded message only',
    { text: null, tree: part('multipart/mixed', part('message/rfc822', part('text/plain'))) },
    'it has no text to add to',
  ],
];

test.each(skipped)('%s gets none, and the trace says why', async (_, mail, reason) => {
  const { decision, note, calls } = await add({ text: words }, mail);
  expect(decision).toEqual({ kind: 'next', edits: [] });
  expect(note?.text).toBe(`no disclaimer: ${reason}`);
  expect(calls).toEqual([]);
});

test('mail of lists gets one when the settings say so; automatic mail never', async () => {
  const settings = { text: words, lists: 'add' };
  expect(await inserted(settings, { fields: [from, ['List-Id', '<x>'], ['Precedence', 'bulk']] })).not.toBeNull();
  expect(await inserted(settings, { fields: [from, ['Auto-Submitted', 'auto-generated']] })).toBeNull();
});

test('Auto-Submitted: no is written by people', async () => {
  expect(await inserted({ text: words }, { fields: [from, ['Auto-Submitted', 'No (really)']] })).not.toBeNull();
});

test('a meeting request with text gets one', async () => {
  const tree = part('multipart/alternative', part('text/plain'), part('text/calendar'));
  expect(await inserted({ text: words }, { tree })).not.toBeNull();
});

test.each([
  [{ sender: '*@example.test' }, null],
  [{ sender: ['*@else.example'] }, 'jane@Example.TEST is not in when.sender'],
  [{ recipient: ['*@third.example', 'x@*'] }, null],
  [{ recipient: ['bob@else.exampl'] }, 'no recipient is in when.recipient'],
  [{ notRecipient: '*@THIRD.*' }, 'cid@third.example is in when.notRecipient'],
  [{ notRecipient: '*@fourth.example' }, null],
])('with when %j: %s', async (when, reason) => {
  const { note, decision } = await add({ text: words, when });
  expect(note?.text).toBe(reason === null ? 'disclaimer added' : `no disclaimer: ${reason}`);
  expect(decision.kind === 'next' && decision.edits.length > 0).toBe(reason === null);
});

const template = 'This mail of {{sender.name}} is confidential.\nSent on {{date}}.';
const there: readonly (readonly [string, Mail])[] = [
  ['as it was added', { text: 'Hello\n\nThis mail of Doe, Jane is confidential.\nSent on 2026-11-23.\n' }],
  [
    'quoted, of another sender and day, broken anew',
    { text: 'Yes.\n\n> > This mail of Bob B.\n> > is\n> > confidential. Sent on\n> > 2020-01-01.\n' },
  ],
  [
    'in HTML',
    {
      text: null,
      html: '<p>Hi</p><div>This&#32;mail of <b>Bob</b> is<br>\nconfidential.<br>Sent on 2020-01-01.</div>',
    },
  ],
  [
    'in both forms',
    { text: 'This mail of x is confidential. Sent on y.', html: '<p>This mail of x is confidential. Sent on y.</p>' },
  ],
];

test.each(there)('a disclaimer that is there %s is not added again', async (_, mail) => {
  const { decision, note } = await add({ text: template }, mail);
  expect(decision).toEqual({ kind: 'next', edits: [] });
  expect(note?.text).toBe('no disclaimer: it is there already');
});

test.each([
  [
    'only in a comment, style or attribute',
    {
      text: null,
      html: '<!-- This mail of x is confidential. Sent on y. --><style>This mail of x is confidential. Sent on y.</style><i title="This mail of x is confidential. Sent on y.">',
    },
  ],
  ['in another order', { text: 'Sent on y. This mail of x is confidential.' }],
  ['in part', { text: 'This mail of x is confidential.' }],
  ['only in the header', { fields: [from, ['X-Sluice-Disclaimer', 'default']] as const }],
])('one that is there %s does not count', async (_, mail) => {
  expect(await inserted({ text: template }, mail)).not.toBeNull();
});

test('the form that lacks it gets it, the other does not get it twice', async () => {
  const html = '<p>This mail of x is confidential. Sent on y.</p>';
  expect(await inserted({ text: template }, { html })).toMatchObject({
    html: '',
    plain: expect.stringContaining('confidential'),
  });
  const text = 'This mail of x is confidential. Sent on y.';
  expect(await inserted({ text: template }, { text, html: '<p>Hi</p>' })).toMatchObject({
    plain: '',
    html: expect.stringContaining('confidential'),
  });
});

test('a template with hardly a word of its own is recognised by its values', async () => {
  const settings = { text: '-- \n{{sender.name}}' };
  expect(await inserted(settings, { text: 'Hello -- there' })).not.toBeNull();
  expect(await inserted(settings, { text: 'Hello\n-- \nDoe, Jane' })).toBeNull();
});

test('what it adds it recognises, in every form and through quoting', async () => {
  const html = '<table><tr><td>Ümläut &amp; {{sender.name}} &lt;{{sender.address}}&gt;</td></tr></table>';
  for (const settings of [{ text: template }, { html }, { text: template, html }]) {
    const edit = await inserted(settings);
    const text = edit?.plain ?? '';
    expect(await inserted(settings, { text: `Hello${text}`, html: `Hello${edit?.html}` })).toBeNull();
    expect(await inserted(settings, { text: `Hello\n${text.replaceAll('\n', '\n> ')}` })).toBeNull();
  }
});

test.each([
  [{}, ['expected text, html, or preset']],
  [{ text: '' }, ['text: expected a text of 1 to 20000 characters']],
  [{ text: 'x'.repeat(20_001) }, ['text: expected a text of 1 to 20000 characters']],
  [{ text: 'a {{sender.nmae}}' }, ['text: unknown variable {{sender.nmae}}; README.md beside the sink lists them']],
  [{ html: '<p>{{</p>' }, ['html: output "{{</p>" not closed, line:1, col:4']],
  [{ text: words, html: '{{toString}}' }, [expect.stringContaining('html: unknown variable {{toString}}')]],
  [{ text: words, positon: 'after' }, [expect.stringMatching(/^unknown: positon; known: .*position/)]],
  [
    { text: words, position: 'below', lists: 'maybe' },
    ['position: expected one of after, before, below-newest-reply', 'lists: expected one of skip, add'],
  ],
  [
    { text: words, when: { sender: 'example.test', to: [] } },
    [
      'when.sender: expected addresses with * for anything, such as *@example.com; or internal; external; group:sales@example.com',
      expect.stringMatching(/^when: unknown: to; known: direction, sender/),
    ],
  ],
  [{ text: words, when: [] }, ['when: expected a mapping']],
  [[], ['expected a mapping']],
])('settings %j are refused', async (settings, problems) => {
  expect(await problemsOf(disclaimer, settings)).toEqual(problems);
});

test('only the forms the message has are read', async () => {
  expect((await add({ text: words }, { html: '<p>Hi</p>' })).calls).toEqual(['message.text', 'message.html']);
  expect((await add({ text: words }, { text: null, html: '<p>Hi</p>' })).calls).toEqual(['message.html']);
});

test('in a message of megabytes it is found near the beginning and the end', async () => {
  const long = 'word '.repeat(1_000_000);
  expect(await inserted({ text: words }, { text: `${words}\n${long}` })).toBeNull();
  expect(await inserted({ text: words }, { text: `${long}\n${words}\n${'> quoted\n'.repeat(1_000)}` })).toBeNull();
  expect(await inserted({ text: words }, { text: long })).not.toBeNull();
});

test('mail made to be slow is answered at once', async () => {
  const text = ' > '.repeat(200_000);
  const html = '<'.repeat(200_000) + '&'.repeat(200_000) + '</'.repeat(50_000) + '<style>'.repeat(20_000);
  const fields = [['From', '=?utf-8?q?'.repeat(5_000) + '('.repeat(5_000)]] as const;
  expect(await inserted({ text: template }, { text, html, fields })).not.toBeNull();
});
