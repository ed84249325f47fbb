import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import disclaimer from '../../sinks/disclaimer/sink.ts';
import { sessionOf } from '../support/bindings.ts';
import { problemsOf } from '../support/fire.ts';
import { disclaim, mailOf } from './disclaimer-desk.ts';

const ours = { internal: ['example.test', '*@*.example.test'] };
const plain = mailOf({ text: 'Hello\n' });

/** The names of the rules that added something. */
async function rulesOf(settings: object, mail: string = plain, delivery: Parameters<typeof disclaim>[2] = {}) {
  const { edits } = await disclaim(mail, { ...ours, ...settings }, delivery);
  const field = edits.find((edit) => edit.kind === 'append-field');
  const names = field?.kind === 'append-field' ? (/rule="(.*)"$/.exec(field.value)?.[1] ?? '') : '';
  return names === '' ? [] : names.split(', ');
}

const three = ['inbound', 'outbound', 'internal'].map((direction) => ({
  name: direction,
  when: { direction },
  text: `This is ${direction} mail, says the rule.`,
}));
const from = (address: string): string => plain.replace('jane@example.test', address);
const signedIn = { session: sessionOf({ identity: 'jane@example.test' }) };

describe('rules by direction', () => {
  test.each([
    ['outbound', plain, { recipients: ['bob@else.example'] }],
    ['outbound', plain, { recipients: ['bob@else.example', 'eve@example.test'] }],
    ['internal', plain, { recipients: ['eve@sub.example.test', 'ann@EXAMPLE.test'] }],
    ['inbound', from('x@else.example'), { reversePath: 'x@else.example', recipients: ['eve@example.test'] }],
    ['inbound', plain, { reversePath: 'x@else.example', recipients: ['eve@example.test'] }],
    ['inbound', from('x@else.example'), { recipients: ['eve@example.test'] }],
    ['outbound', from('x@else.example'), { ...signedIn, reversePath: 'x@else.example' }],
  ])('%s is judged by author, reverse-path, who authenticated, and recipients (%#)', async (wanted, mail, delivery) => {
    expect(await rulesOf({ rules: three }, mail, delivery)).toEqual([wanted]);
  });
});

test('the first rule that is for a message ends the search, and all of them are asked when match says so', async () => {
  const rules = [
    { name: 'none', when: { sender: '*@nowhere.example' }, text: 'the words of nowhere' },
    { name: 'a', text: 'the words of rule a' },
    { name: 'b', text: 'the words of rule b' },
  ];
  expect(await rulesOf({ rules })).toEqual(['a']);
  const all = await disclaim(plain, { rules, match: 'all' });
  expect(all.written.toString()).toContain('\r\nHello\r\n\r\nthe words of rule a\r\nthe words of rule b\r\n');
  expect((await disclaim(all.written, { rules, match: 'all' })).edits).toEqual([]);
});

test('several rules before the text stand in their order', async () => {
  const rules = ['a', 'b'].map((name) => ({ name, text: `the words of rule ${name}`, position: 'before' }));
  const { written } = await disclaim(plain, { rules, match: 'all' });
  expect(written.toString()).toMatch(/\r\n\r\nthe words of rule a\r\n\r\nthe words of rule b\r\n\r\nHello/);
});

const conditions: readonly (readonly [object, boolean, Parameters<typeof disclaim>[2]?])[] = [
  [{ sender: 'internal' }, true],
  [{ sender: 'external' }, false],
  [{ notSender: '*@example.test' }, false],
  [{ recipient: 'external' }, true],
  [{ recipient: 'internal' }, false],
  [{ recipient: ['internal', 'b*@else.example'] }, true],
  [{ notRecipient: 'external' }, false],
  [{ notRecipient: 'internal' }, true],
  [{ header: { Subject: '*plan*' } }, true],
  [{ header: { Subject: ['*nothing*', 're: PLAN'] } }, true],
  [{ header: { Subject: 'plan' } }, false],
  [{ header: { 'X-None': '*' } }, false],
  [{ notHeader: { subject: '*plan' } }, false],
  [{ notHeader: { Subject: '*[no disclaimer]*' } }, true],
  [{ sizeOver: '1KB' }, false],
  [{ sizeOver: 10 }, true],
  [{ sizeUnder: '1KB' }, true],
  [{ sizeUnder: '10 KB', sizeOver: 100_000 }, false],
];
test.each(conditions)('with when: %j the rule is for the message: %s', async (when, wanted) => {
  expect((await rulesOf({ text: 'some words that tell', when })).length > 0).toBe(wanted);
});

test('mixed recipients: one copy goes to all, so the rule adds to all of them, or not at all when it says skip', async () => {
  const recipients = ['bob@else.example', 'eve@example.test'];
  const rule = { text: 'for people outside of the house', when: { recipient: 'external' } };
  expect(await rulesOf(rule, plain, { recipients })).toHaveLength(1);
  expect(await rulesOf({ ...rule, mixed: 'skip' }, plain, { recipients })).toEqual([]);
  expect(await rulesOf({ ...rule, mixed: 'skip' })).toHaveLength(1);
  const { said } = await disclaim(plain, { ...ours, ...rule, mixed: 'skip' }, { recipients });
  expect(said).toBe('no disclaimer: only 1 of 2 recipients are meant, and mixed is skip');
});

const writes = async (text: string, more: object = {}, mail = plain): Promise<string> => {
  const { edits } = await disclaim(mail, { text, ...more });
  const edit = edits.find(({ kind }) => kind === 'insert-text');
  return edit?.kind === 'insert-text' ? edit.plain.trim() : '';
};

describe('R22 templates', () => {
  test.each([
    [
      '{% if sender.title %}{{ sender.name }}, {{ sender.title }}{% else %}{{ sender.name }}{% endif %} wrote',
      'Jane Doe wrote',
    ],
    ['{{ sender.title | default: "no title" }} {{ sender.attributes.room | default: "no room" }}', 'no title no room'],
    [
      '{{ sender.name | upcase }} to {{ recipient.domain }}, {{ recipients.count }}: {{ subject }}',
      'JANE DOE to else.example, 1: Re: plan',
    ],
    ['{% case recipient.domain %}{% when "else.example" %}friend{% else %}stranger{% endcase %}', 'friend'],
    ['{% assign parts = sender.email | split: "@" %}{{ parts[1] }} {{ parts.size }}', 'example.test 2'],
    ['{{ date }} {{ date | local_date }} {{ date | local_date: "short" }}', '2026-11-23 November 23, 2026 11/23/26'],
  ])('%s', async (text, wanted) => {
    expect(await writes(text)).toBe(wanted);
  });

  test.each([
    ['de', '23. November 2026'],
    ['fr', '23 novembre 2026'],
    ['es', '23 de noviembre de 2026'],
    ['ja', '2026年11月23日'],
  ])('dates are written as people write them in %s', async (language, wanted) => {
    expect(await writes('{{ date | local_date }}', { language })).toBe(wanted);
  });

  test('the day is that of the time zone', async () => {
    expect(await writes('{{ date }}', { zone: 'Pacific/Kiritimati' })).toBe('2026-11-24');
  });

  test.each(['raw', 'escape', 'escape_once', 'newline_to_br', 'upcase', 'append: "x"', 'default: "x"'])(
    'a value cannot become HTML, whatever the filter: %s',
    async (filter) => {
      const evil = plain.replace('Jane Doe', '"<img src=x onerror=1>"');
      const { edits } = await disclaim(evil, { html: `<p>{{ sender.name | ${filter} }}</p>` });
      const edit = edits.find(({ kind }) => kind === 'insert-text');
      expect(edit?.kind === 'insert-text' ? edit.html : '<img').not.toMatch(/<img/i);
    },
  );

  test.each([
    ['a filter that is not there', '{{ sender.name | shout }}', 'undefined filter: shout, line:1, col:1'],
    [
      'an endless loop',
      '{% for a in (1..9999) %}{% for b in (1..9999) %}x{% endfor %}{% endfor %}',
      'template render limit exceeded',
    ],
    ['a range without end', '{% for a in (1..99999999) %}{% endfor %}', 'memory alloc limit exceeded'],
  ])('%s leaves the message as it is, and is reported', async (_, text, problem) => {
    const problems = await problemsOf(disclaimer, { text });
    const later = problems.length > 0 ? { edits: [], said: '', log: [] } : await disclaim(plain, { text });
    expect(later.edits).toEqual([]);
    expect(`${problems.join()}${later.said}`).toContain(problem);
    expect(`${problems.join()}${later.log.join()}`).toMatch(/^text: |^error: no disclaimer: the template failed: /);
  });

  test.each(['{% include "x" %}', '{% render "x" %}', '{% layout "x" %}'])(
    'there are no other templates: %s',
    async (text) => {
      expect(await problemsOf(disclaimer, { text })).toEqual([expect.stringMatching(/^text: tag "\w+" not found/)]);
    },
  );
});

describe('texts that come with it', () => {
  test.each(['en', 'de', 'fr', 'es', 'ja', 'de-AT'])(
    'confidential and external in %s, found again in any language',
    async (language) => {
      for (const preset of ['confidential', 'external']) {
        const { written, edits } = await disclaim(plain, { preset, language });
        expect(edits).toHaveLength(2);
        expect((await disclaim(plain, { preset })).written.equals(written)).toBe(language === 'en');
        expect((await disclaim(written, { preset, language: 'en' })).edits).toEqual([]);
      }
    },
  );

  test('the language is that of the message when the settings say so', async () => {
    const german = mailOf({ text: 'Hallo' }, ['Content-Language: de-DE, en']);
    const outlook = mailOf({ text: 'Bonjour' }, ['Accept-Language: fr-FR, en-US']);
    const settings = { preset: 'confidential', language: 'from-message' };
    expect((await disclaim(german, settings)).written.toString()).toContain('vertraulich');
    expect((await disclaim(outlook, settings)).written.toString()).toContain('confidentiel');
    expect((await disclaim(plain, settings)).written.toString()).toContain('confidential');
  });
});

describe('what client programs do to a text does not hide it', () => {
  const text =
    'This message — and "everything" in it — is confidential.\nSee https://example.test/terms or ask {{ sender.name }}, please.';
  test.each([
    [
      'curly quotes and dashes',
      'This message - and “everything” in it -- is confidential. See https://example.test/terms or ask Bob, please.',
    ],
    [
      'lines broken anew',
      'This\nmessage — and "everything"\nin it — is confidential.\nSee\nhttps://example.test/terms or\nask Bob, please.',
    ],
    [
      'quote marks',
      '> > This message — and "everything" in it — is\n> > confidential. See https://example.test/terms or ask\n> > Bob, please.',
    ],
    [
      'emphasis',
      '*This message* — and "_everything_" in it — is *confidential.* See https://example.test/terms or ask Bob, please.',
    ],
    [
      'the address behind a link',
      'This message — and "everything" in it — is confidential. See https://example.test/terms <https://example.test/terms> or ask Bob <mailto:bob@example.test>, please.',
    ],
    [
      'no-break spaces',
      'This\u00a0message — and\u00a0"everything" in it — is\u00a0confidential. See\u00a0https://example.test/terms or ask\u00a0Bob, please.',
    ],
  ])('%s', async (_, found) => {
    expect((await disclaim(mailOf({ text: `Hello\n\n${found}\n` }), { text })).said).toBe(
      'no disclaimer: it is there already',
    );
    const html = `<p>Hello</p><p>${found.replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('\n', '<br>')}</p>`;
    expect((await disclaim(mailOf({ html }), { text })).said).toBe('no disclaimer: it is there already');
  });
});

test('a banner that nobody may suppress is added whatever the message says', async () => {
  const text = 'This message comes from outside.';
  const forged = mailOf({ html: `<div style="display:none">${text}</div><p>Hi</p>` }, [
    'X-Sluice-Disclaimer: default; rule="rule 1"',
  ]);
  expect((await disclaim(forged, { text })).edits).toEqual([]);
  expect((await disclaim(forged, { text, repeat: 'always', position: 'before' })).edits).not.toEqual([]);
});

describe('settings that cannot be right are refused, with the place', () => {
  test.each([
    [{ rules: [] }, 'rules: '],
    [{ rules: [{ text: 'x' }], text: 'y' }, 'text: with rules, this belongs into one of them'],
    [{ rules: [{ name: 'a' }] }, 'rules.0: expected text, html, or preset'],
    [
      {
        rules: [
          { name: 'a', text: 'x' },
          { name: 'a', text: 'y' },
        ],
      },
      'rules.1.name: a second rule named a',
    ],
    [{ text: 'x', preset: 'external' }, 'expected a preset or texts of your own, not both'],
    [
      { text: 'x', when: { direction: 'inbound' } },
      'when: needs internal at the top: the domains that are yours, such as example.com',
    ],
    [{ rules: [{ text: 'x', when: { recipient: 'external' } }] }, 'rules.0.when: needs internal at the top'],
    [{ preset: 'legal' }, 'preset: expected one of confidential, external'],
    [{ text: 'x', language: 'klingon' }, "language: expected a language such as en, de or pt-BR, or 'from-message'"],
    [{ text: 'x', zone: 'Mars/Olympus' }, 'zone: expected a time zone such as Europe/Berlin'],
    [
      { text: 'x', images: { logo: { type: 'image/svg+xml', base64: 'AA==' } } },
      'images.logo.type: expected one of image/png',
    ],
    [{ text: 'x', images: { logo: { type: 'image/png', base64: '<>' } } }, 'images.logo.base64: expected base64'],
    [{ text: 'x', when: { sizeOver: 'big' } }, 'when.sizeOver: expected a size such as 10MB, or a number of octets'],
    [{ text: 'x', separatePartFor: 'everything' }, 'separatePartFor: expected one of no-text, unreadable, tnef, rtf'],
    [{ text: 'x', match: 'any' }, 'match: expected one of first, all'],
  ])('%j', async (settings, problem) => {
    expect((await problemsOf(disclaimer, settings)).join('\n')).toContain(problem);
  });
});

function down(): never {
  throw new Error('directory.lookup is not available now');
}

describe('with the directory', () => {
  const attributes = { displayName: 'Dr. Jane Doe', title: 'Head of <Sales>', room: '4.11' };
  const lookup = (address: string) =>
    address === 'sales@example.test'
      ? ({ kind: 'group', address, members: ['Jane@example.test'], count: 1 } as const)
      : ({ kind: 'user', address, attributes } as const);
  const text =
    '{{ sender.name }}{% if sender.title %}, {{ sender.title }}{% endif %}, {{ sender.attributes.room | default: "-" }}, wrote this';

  test('a text names what it says of the author; in HTML that is escaped too', async () => {
    const { written } = await disclaim(mailOf({ text: 'Hi', html: 'Hi' }), { text }, { lookup });
    expect(written.toString()).toContain('Dr. Jane Doe, Head of <Sales>, 4.11, wrote this\r\n');
    expect(written.toString()).toContain('Dr. Jane Doe, Head of &lt;Sales&gt;, 4.11, wrote this<');
  });

  test('where it is not granted, From says who wrote', async () => {
    expect((await disclaim(plain, { text })).written.toString()).toContain('\r\nJane Doe, -, wrote this\r\n');
  });

  test('a directory that does not answer is a fault: the message waits', async () => {
    await expect(disclaim(plain, { text }, { lookup: down })).rejects.toThrow('not available');
  });

  test.each([
    [{ sender: 'group:sales@example.test' }, 1],
    [{ notSender: 'group:sales@example.test' }, 0],
    [{ recipient: 'group:sales@example.test' }, 0],
    [{ notRecipient: ['group:sales@example.test'] }, 1],
  ])('rules know groups: %j', async (when, wanted) => {
    expect(await rulesOf({ text: 'words of the house', when }, plain, { lookup })).toHaveLength(wanted);
  });

  test('a rule with a group nobody can look up is a fault, not a rule that does not apply', async () => {
    const settings = { text: 'words of the house', when: { sender: 'group:sales@example.test' } };
    await expect(disclaim(plain, settings)).rejects.toThrow('need the directory: add it to the grants of the binding');
  });
});

test('the examples of the README are settings it takes', async () => {
  const page = await readFile(new URL('../../sinks/disclaimer/README.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, block = '']) => parse(block.replaceAll('…', '')));
  const bindings = blocks.flatMap((block): readonly { settings: unknown }[] => block.bindings ?? block);
  expect(bindings.length).toBeGreaterThanOrEqual(6);
  for (const { settings } of bindings) expect(await problemsOf(disclaimer, settings)).toEqual([]);
});
