import { spawnSync } from 'node:child_process';
import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { openMessage, type OpenMessage } from '../../../core/message/message.ts';
import { everyPart, type Part } from '../../../core/message/part.ts';
import { appendField, insertText } from '../../../sdk/edits.ts';
import { wildMessages } from '../../messages/wild.ts';

const wild = wildMessages();
const bare = (text: string | null): string => text?.replaceAll(/\s+/g, '') ?? '';
const added = 'NOTICE';

describe.each(wild)('%s', (_, { octets }) => {
  test('comes out as it went in (R01)', () => {
    const message = openMessage(octets);
    message.data('none');
    message.text();
    message.html();
    expect(message.write()).toBe(octets);
  });

  test.each(['after', 'before', 'below-newest-reply'] as const)(
    'a text %s: what was there, the text, and every other octet as it was (R02, R03, R10–R14)',
    (position) => {
      const message = openMessage(octets);
      const [plain, html] = [message.text(), message.html()];
      const [outcome] = message.edit([insertText({ plain: added, html: `<i>${added}</i>` }, position)]);
      const written = Buffer.from(message.write());
      expect(outcome?.kind).toMatch(/^(?:done|skipped)$/);
      const now = { octets, message, before: [plain, html] as const, written };
      if (outcome?.kind === 'done') expectDone(now, outcome.changes);
      else expectRefused(now, outcome?.reason ?? '');
    },
  );

  test('a field at the end of its header changes nothing else', () => {
    const message = openMessage(octets);
    const [outcome] = message.edit([appendField('X-Added', '1')]);
    expect(outcome).toMatchObject({ kind: 'done', removed: 0 });
    const [line] = /\r?\nX-Added: 1\r?\n/.exec(Buffer.from(message.write()).toString('latin1')) ?? [];
    expect(line).toBeDefined();
  });
});

type Now = {
  readonly octets: Buffer;
  readonly message: OpenMessage;
  readonly before: readonly [plain: string | null, html: string | null];
  readonly written: Buffer;
};

function expectRefused({ octets, written }: Now, reason: string): void {
  expect(reason).toMatch(/\w/);
  expect(written.equals(octets)).toBe(true);
}

function expectDone({ octets, message, before: [plain, html], written }: Now, changes: Changes): void {
  const again = openMessage(written);
  expect([again.text(), again.html()]).toEqual([message.text(), message.html()]);
  expect([bare(again.text()).includes(added), bare(again.html()).includes(added)]).toContain(true);
  expect(bare(again.text()).replace(added, '')).toBe(bare(plain));
  expect(bare(again.html()).replace(`<i>${added}</i>`, '')).toBe(bare(html));
  expect(outsideOf(written, changes, 'added')).toEqual(outsideOf(octets, changes, 'removed'));
  expect(types(again.root)).toEqual(types(openMessage(octets).root));
}

type Changes = readonly { readonly at: number; readonly added: number; readonly removed: number }[];

const types = (root: Part): readonly string[] => [...everyPart(root)].map(({ type }) => type);

/** The octets no change says it touched; changes count in the message as it was. */
function outsideOf(octets: Buffer, changes: Changes, side: 'added' | 'removed'): Buffer {
  const pieces: Buffer[] = [];
  let [at, shift] = [0, 0];
  for (const change of changes.toSorted((one, other) => one.at - other.at)) {
    const from = change.at + (side === 'added' ? shift : 0);
    pieces.push(octets.subarray(at, from));
    at = from + change[side];
    shift += change.added - change.removed;
  }
  return Buffer.concat([...pieces, octets.subarray(at)]);
}

const reader = `
import sys, email, json, base64
for line in sys.stdin:
    m = email.message_from_bytes(base64.b64decode(line))
    leaves = [p for p in m.walk() if not p.is_multipart()]
    print(json.dumps([[p.get_content_type(), base64.b64encode(p.get_payload(decode=True) or b'').decode()] for p in leaves]))
`;
const hasPython = spawnSync('python3', ['-c', 'import email']).status === 0;
const agreed = wild.filter(([, { agrees }]) => agrees);

test.skipIf(!hasPython)('R09: python reads the same leaves, before and after', () => {
  const input = agreed.flatMap(([, { octets }]) => {
    const message = openMessage(octets);
    message.edit([insertText({ plain: added, html: `<i>${added}</i>` })]);
    return [octets, Buffer.from(message.write())];
  });
  const { stdout } = spawnSync('python3', ['-c', reader], {
    input: input.map((octets) => `${octets.toString('base64')}\n`).join(''),
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  });
  const theirs: readonly (readonly (readonly [string, string])[])[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const strays = input.flatMap((octets, at) => {
    const { root } = openMessage(octets);
    const ours = [...everyPart(root)].filter(({ parts }) => parts.length === 0).map(({ type }) => type);
    const others = (theirs[at] ?? []).map(([type]) => type);
    return JSON.stringify(ours) === JSON.stringify(others) ? [] : [[agreed[Math.floor(at / 2)]?.[0], ours, others]];
  });
  expect(strays).toEqual([]);
});

test('mailparser reads the same text, and finds what was put in', async () => {
  const strays: unknown[] = [];
  for (const [name, { octets }] of agreed) {
    const message = openMessage(octets);
    const before = await simpleParser(octets, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true });
    const text = bare(message.text());
    const [outcome] = message.edit([insertText({ plain: added, html: `<i>${added}</i>` })]);
    const after = await simpleParser(Buffer.from(message.write()), { skipHtmlToText: true, skipTextToHtml: true });
    const isSame = !message.text() || bare(before.text ?? '').startsWith(text.slice(0, 200));
    const isIn = outcome?.kind !== 'done' || `${after.text ?? ''}${after.html || ''}`.includes(added);
    if (!isSame || !isIn) strays.push([name, text.slice(0, 80), bare(before.text ?? '').slice(0, 80)]);
  }
  expect(strays).toEqual([]);
});

test('most can be edited, and those that cannot say why', () => {
  const outcomes = wild.map(([, { octets }]) => openMessage(octets).edit([insertText({ plain: 'ü', html: 'ü' })])[0]);
  expect(outcomes.filter((one) => one?.kind === 'done').length).toBeGreaterThan(360);
  expect(wild.length).toBeGreaterThan(400);
});
