import * as fc from 'fast-check';
import { simpleParser, type ParsedMail } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { openMessage, type MessageEdit, type OpenMessage } from '../../../core/message/message.ts';
import type { NewPart } from '../../../sdk/edits.ts';
import { addPart, filePart, insertText, removePart, replacePart, textPart, wrap } from '../../../sdk/edits.ts';
import { fixtures, wire } from '../../messages/make.ts';

const pdf = Buffer.from('%PDF-1.7 \0\x01\xff and so on'.repeat(20), 'latin1');
const file = filePart('application/pdf', pdf.toString('base64'), { disposition: 'attachment', filename: 'terms.pdf' });
const written = (message: OpenMessage): string =>
  Buffer.from(message.write()).toString('latin1').replaceAll('\r\n', '\n');
const shape = (message: OpenMessage): unknown => {
  const walk = (part: ReturnType<OpenMessage['data']>['tree']): unknown =>
    part.parts.length === 0 ? part.type : [part.type, ...part.parts.map(walk)];
  return walk(message.data('none').tree);
};
const opened = (text: string, ...edits: readonly MessageEdit[]): OpenMessage => {
  const message = openMessage(wire(text));
  const report = message.edit(edits);
  expect(report.filter(({ kind }) => kind === 'skipped')).toEqual([]);
  expect(shape(openMessage(message.write()))).toEqual(shape(message));
  return message;
};
const reasonOf = (text: string, ...edits: readonly MessageEdit[]): string => {
  const octets = wire(text);
  const message = openMessage(octets);
  const bad = message.edit(edits).find((one) => one.kind === 'skipped' && !one.reason.startsWith('with '));
  expect(message.write()).toBe(octets);
  return bad?.kind === 'skipped' ? bad.reason : '';
};
const read = (octets: Uint8Array): Promise<ParsedMail> =>
  simpleParser(Buffer.from(octets), { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true });

const plain = 'Received: by a\nSubject: x\nContent-Type: text/plain; charset=utf-8\nX-Last: y\n\nHello\n';
const mixed =
  'Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\npreamble\n--b\nX-One: 1\n\none\n' +
  '--b\nContent-Type: image/png\nContent-ID: <i@x>\nContent-Transfer-Encoding: base64\n\niVBORw0K\n--b\n\nthree\n\n--b--\nepilogue';

describe('add-part', () => {
  test('makes a multipart/mixed of a message without one: Content-* fields move down, all else stays', () => {
    const message = opened(plain, addPart(file));
    const [boundary = ''] = /(?<=boundary=")[^"]+/.exec(written(message)) ?? [];
    expect(written(message)).toBe(
      `Received: by a\nSubject: x\nContent-Type: multipart/mixed;\n\tboundary="${boundary}"\nX-Last: y\nMIME-Version: 1.0\n\n` +
        `--${boundary}\nContent-Type: text/plain; charset=utf-8\n\nHello\n\n--${boundary}\nContent-Type: application/pdf\n` +
        'Content-Transfer-Encoding: base64\nContent-Disposition: attachment;\n\tfilename="terms.pdf"\n\n' +
        `${pdf.toString('base64').replaceAll(/.{76}/g, '$&\n')}\n--${boundary}--\n`,
    );
  });

  test('puts it before the closing delimiter of a multipart/mixed, epilogue and all else staying', () => {
    const message = opened(mixed, addPart(textPart('text/plain', 'four')));
    expect(written(message)).toBe(
      mixed.replace(
        '--b--',
        '--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\nContent-Disposition: inline\n\nfour\n--b--',
      ),
    );
  });

  test.each([
    ['at the end of the message', 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n', 'one\n'],
    ['without a last line end', 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\none', 'one'],
    [
      'in one that holds another that is not closed',
      'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n',
      'one\n',
    ],
  ])('closes a multipart that is not closed: %s', (_, text, first) => {
    const message = opened(text, addPart(textPart('text/plain', 'two')));
    const again = openMessage(message.write());
    expect(again.text()).toBe(first);
    expect(again.root.parts.length).toBe(2);
    expect(again.defects.filter(({ at }) => at === 0)).toEqual([]);
  });

  test('refuses where the parts belong together, or readers disagree', () => {
    expect(reasonOf('Content-Type: multipart/report; boundary=b\n\n--b\n\nx\n--b--\n', addPart(file))).toContain(
      'report',
    );
    expect(reasonOf(`Content-Type: text/html\n${plain}`, addPart(file))).toContain('says twice');
    expect(reasonOf('Subject: x', addPart(file))).toContain('not closed by an empty line');
    expect(reasonOf(mixed.replace('x\n', 'x\nContent-Transfer-Encoding: base64\n'), addPart(file))).toContain(
      'in base64',
    );
  });

  test('a multipart without its boundary anywhere is enclosed, not filled: its text stays to be seen', () => {
    const message = opened(
      'Content-Type: multipart/mixed; boundary=b\n\ntext\n',
      addPart(textPart('text/plain', 'two')),
    );
    expect(shape(message)).toEqual(['multipart/mixed', 'multipart/mixed', 'text/plain']);
  });
});

describe('replace-part', () => {
  test('writes new content and Content-* fields; its Content-ID and other fields stay', () => {
    const message = opened(mixed, replacePart('2', textPart('text/plain', 'größer', { charset: 'iso-8859-1' })));
    expect(written(message)).toBe(
      mixed.replace(
        'Content-Type: image/png\nContent-ID: <i@x>\nContent-Transfer-Encoding: base64\n\niVBORw0K',
        'Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n' +
          'Content-Disposition: inline\nContent-ID: <i@x>\n\ngr=F6=DFer',
      ),
    );
  });

  test('the message itself, whatever it is', () => {
    for (const text of [plain, mixed]) {
      const message = opened(text, replacePart('', textPart('text/html', '<p>new</p>')));
      expect(shape(message)).toBe('text/html');
      expect(message.html()).toBe('<p>new</p>');
      expect(message.data('none').fields.map(([name]) => name)).toContain('MIME-Version');
      expect(message.data('none').fields).toContainEqual(['Subject', 'x']);
    }
  });

  test.each([
    [
      'a part without an empty line',
      'Content-Type: multipart/mixed; boundary=b\n\n--b\nX-A: 1\n--b\n\nlast\n--b--\n',
      '1',
    ],
    ['an empty part', 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b\n\nlast\n--b--\n', '1'],
    ['the last, not closed', 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n--b\nX-A: 1', '2'],
    ['a multipart in it', `Content-Type: multipart/mixed; boundary=a\n\n--a\n${mixed}\n--a\n\nlast\n--a--\n`, '1'],
  ])('%s', (_, text, path) => {
    const message = opened(text, replacePart(path, textPart('text/plain', 'new\n')));
    expect(openMessage(message.write()).root.parts.length).toBe(2);
    const texts = opened(
      text,
      replacePart(path, textPart('text/plain', 'new\n')),
      removePart(path === '1' ? '2' : '1'),
    );
    expect(texts.text()).toBe('new\n');
  });
});

describe('remove-part', () => {
  test('takes it out with its delimiter line, or leaves a notice', () => {
    const [before = '', , after = ''] = mixed.split(/^--b\n(?=Content-Type: image)|(?<=iVBORw0K\n)/m);
    expect(written(opened(mixed, removePart('2')))).toBe(before + after);
    expect(written(opened(mixed, removePart('2', 'Removed.')))).toContain(
      'Content-Disposition: inline\nContent-ID: <i@x>\n\nRemoved.\n--b\n',
    );
  });

  test('paths are those the sink was shown, whatever the edits before did', () => {
    const message = opened(
      mixed,
      removePart('1'),
      addPart(file),
      removePart('2'),
      replacePart('3', textPart('text/plain', '3')),
    );
    expect(shape(message)).toEqual(['multipart/mixed', 'text/plain', 'application/pdf']);
    expect(reasonOf(mixed, removePart('1'), removePart('1'))).toBe('part 1 is gone, or never was');
    expect(reasonOf(mixed, removePart('4'))).toBe('there is no part 4');
    expect(shape(opened(mixed, wrap('<p>n</p>'), removePart('2'), removePart('1')))).toEqual([
      'multipart/mixed',
      ['multipart/mixed', 'text/plain'],
      'text/html',
    ]);
  });

  test('the last part of a multipart leaves an empty text; the message itself stays', () => {
    const message = opened(mixed, removePart('1'), removePart('2'), removePart('3'));
    expect(shape(message)).toEqual(['multipart/mixed', 'text/plain']);
    expect(message.text()).toBe('');
    expect(reasonOf(plain, removePart(''))).toContain('cannot be removed');
    expect(opened(plain, removePart('', 'gone')).text()).toBe('gone');
  });

  test('the last part of one that is not closed closes it, and the part before keeps its end', () => {
    const message = opened('Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n\n--b\n\ntwo', removePart('2'));
    expect(written(message)).toBe('Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n\n--b--\n');
  });
});

const others = (fields: readonly (readonly [string, string])[]) =>
  fields.filter(([name]) => !/^(content-.*|mime-version)$/i.test(name));

test('wrap keeps the message octet for octet as the first part (R36)', () => {
  for (const [, octets] of fixtures()) {
    const message = openMessage(octets);
    const [outcome] = message.edit([wrap('<p>Größe</p>')]);
    expect(outcome?.kind).toBe('done');
    const again = openMessage(message.write());
    const [first, notice] = again.root.parts;
    const body = (part = first): Buffer => Buffer.from(again.octets.subarray(part?.body.from, part?.body.to));
    expect(body().equals(octets.subarray(message.root.body.from, message.root.body.to))).toBe(true);
    expect(first?.type).toBe(message.root.type);
    expect(body(notice).toString()).toBe('<p>Gr&#246;&#223;e</p>');
    expect(others(again.data('none').fields)).toEqual(others(openMessage(octets).data('none').fields));
  }
});

const png = Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1').toString('base64');
const logo = { name: 'logo', type: 'image/png', base64: png } as const;
const withLogo = insertText({ plain: 'p', html: '<img src="cid:logo"> cid:other', images: [logo] });

describe('an image in inserted HTML (R23)', () => {
  const html = 'Content-Type: text/html; charset=utf-8\n\n<p>x</p></body>\n';

  test.each([
    ['HTML alone', html, ['multipart/related', 'text/html', 'image/png']],
    [
      'HTML in an alternative',
      `Content-Type: multipart/alternative; boundary=a\n\n--a\n\nx\n--a\n${html}\n--a--\n`,
      ['multipart/alternative', 'text/plain', ['multipart/related', 'text/html', 'image/png']],
    ],
    [
      'HTML in a related, not closed',
      `Content-Type: multipart/related; boundary=a\n\n--a\n${html}\n--a\nContent-Type: image/gif\nContent-ID: <g>\n\nx`,
      ['multipart/related', 'text/html', 'image/gif', 'image/png'],
    ],
    ['no HTML', plain, 'text/plain'],
  ])('%s: it comes once, however often it is asked for', (_, text, expected) => {
    const message = opened(text, withLogo, withLogo);
    expect(shape(message)).toEqual(expected);
    expect(message.edit([withLogo])).toMatchObject([{ kind: 'done' }]);
    expect(shape(message)).toEqual(expected);
  });

  test('mailparser finds it by the Content-ID the HTML names', async () => {
    const mail = await read(opened(html, withLogo).write());
    const [image] = mail.attachments;
    expect(image?.content.toString('base64')).toBe(png);
    expect(mail.html).toContain(`<img src="cid:${image?.cid}"> cid:other`);
  });

  test('another image under our Content-ID is not taken for ours', () => {
    const [id = ''] = /[0-9a-f]{32}@sluice/.exec(written(opened(html, withLogo))) ?? [];
    const forged = `Content-Type: multipart/related; boundary=a\n\n--a\n${html}\n--a\nContent-Type: image/png\nContent-ID: <${id}>\n\nx\n--a--\n`;
    const message = opened(forged, withLogo);
    expect(shape(message)).toEqual(['multipart/related', 'text/html', 'image/png', 'image/png']);
    expect(message.html()).not.toContain(`cid:${id}`);
  });
});

const changed = (change: object): NewPart => ({ ...textPart('text/plain', 'x'), ...change });

describe('nothing of a part ends a field or begins another', () => {
  const evil = 'a\r\nBcc: eve@example.org';
  test.each([
    ['type', { type: `text/${evil}` }],
    ['type with a parameter', { type: 'text/plain; name=x' }],
    ['a composite type', { type: 'multipart/mixed' }],
    ['a message', { type: 'message/rfc822' }],
    ['charset', { charset: evil }],
    ['an unknown charset', { charset: 'x-none' }],
    ['file name', { filename: evil }],
    ['file name with NUL', { filename: 'a\0b' }],
    ['base64', { content: { kind: 'octets', base64: 'QQ==\r\n--b--' } }],
    ['text in a type that is none', { type: 'image/png' }],
    ['text that does not fit', { charset: 'iso-8859-1', content: { kind: 'text', text: '日本' } }],
  ])('%s', (_, change) => {
    expect(reasonOf(mixed, addPart(changed(change)))).toMatch(/^the new part: /);
  });
});

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(fc.constantFrom('--b', '--', '--b--', '\n', 'From x', ' ', 'é', '=', '.', 'x'.repeat(80)), { maxLength: 30 })
    .map((all) => all.join('')),
);
const clean = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\t\n]/gu, '');
const fileNames = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 120 })
  .map((name) => name.replaceAll(/[\p{Cc}\u2028\u2029\ud800-\udfff]/gu, '').trim());

test('any text and any file name read back as they were, by us and by mailparser', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, fileNames, fc.constantFrom(plain, mixed), async (text, filename, base) => {
      const part = textPart('text/plain', text, { disposition: 'attachment', filename: filename || 'x' });
      const message = opened(base, addPart(part));
      expect(message.data('none').tree.parts.at(-1)?.filename).toBe(filename || 'x');
      const attached = (await read(message.write())).attachments.at(-1);
      expect(attached?.content.toString().replaceAll('\r\n', '\n')).toBe(clean(text));
      expect(attached?.filename).toBe(filename || 'x');
      const lines = Buffer.from(message.write()).toString('latin1').split('\r\n');
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(998);
    }),
    { numRuns: 300 },
  );
});

const boundaryOf = (text: string): string =>
  /(?<=boundary=")[^"]+/.exec(written(opened(text, wrap('<p>n</p>'))))?.[0] ?? '';

test('a boundary comes from what it is for, and is one that occurs nowhere', () => {
  const first = boundaryOf(`${plain}${'x'.repeat(60)}`);
  expect(boundaryOf(`${plain}${'x'.repeat(60)}`)).toBe(first);
  const hostile = `${plain}--${first}\n`;
  expect(boundaryOf(hostile)).not.toBe(first);
  const second = boundaryOf(hostile);
  expect(boundaryOf(`${hostile}--${second}--\n`)).not.toBe(second);
  const prefix = `Content-Type: multipart/mixed; boundary="${first.slice(0, 1)}"\nSubject: x\n\n--${first.slice(0, 1)}\n\nx`;
  expect(boundaryOf(prefix).startsWith(first.slice(0, 1))).toBe(false);
});

const sums = (mail: ParsedMail): readonly string[] => mail.attachments.map(({ checksum }) => checksum);
const additions: readonly (readonly [edit: MessageEdit, isThere: (mail: ParsedMail) => boolean])[] = [
  [addPart(file), ({ attachments }) => attachments.at(-1)?.content.equals(pdf) === true],
  [wrap('<p>notice</p>'), ({ html }) => (html || '').includes('<p>notice</p>')],
];

test('mailparser finds the same texts and files after any of these edits, and the new part', async () => {
  const editable = fixtures().filter(([name]) => !/odd|smime|pgp|report/.test(name));
  for (const [, octets] of editable) {
    const before = await read(octets);
    for (const [edit, isThere] of additions) {
      const message = openMessage(octets);
      expect(message.edit([edit])).toMatchObject([{ kind: 'done' }]);
      const after = await read(message.write());
      expect(sums(after).slice(0, before.attachments.length)).toEqual(sums(before));
      expect(after.text?.trimEnd()).toBe(before.text?.trimEnd());
      expect(isThere(after)).toBe(true);
    }
  }
});
