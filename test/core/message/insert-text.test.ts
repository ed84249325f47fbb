import { encode } from 'iconv-lite';
import iso2022jp from 'encoding-japanese';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from '../../../core/message/base64.ts';
import { encodeQuotedPrintable } from '../../../core/message/codings/quoted-printable.ts';
import { openMessage, type OpenMessage } from '../../../core/message/message.ts';
import { wire } from '../../messages/make.ts';

const insert = (message: OpenMessage, plain: string, position: 'before' | 'after' | 'below-newest-reply' = 'after') =>
  message.edit([{ kind: 'insert-text', position, plain, html: '' }])[0];
const written = (message: OpenMessage): string => Buffer.from(message.write()).toString('latin1');

const toOctets = (charset: string, text: string): Buffer =>
  charset === 'iso-2022-jp'
    ? Buffer.from(iso2022jp.convert(iso2022jp.stringToCode(text), { from: 'UNICODE', to: 'JIS' }))
    : encode(text, charset);
const transfers: Readonly<Record<string, (octets: Buffer) => Buffer>> = {
  '7bit': (octets) => octets,
  '8bit': (octets) => octets,
  binary: (octets) => octets,
  'quoted-printable': (octets) => encodeQuotedPrintable(octets, { lineEnd: '\r\n' }),
  base64: (octets) => encodeBase64(octets, '\r\n'),
};
const samples: Readonly<Record<string, readonly [old: string, added: string]>> = {
  'us-ascii': ['plain old text', 'plain new text'],
  'utf-8': ['Grüße, 你好, привет', 'naïve € 😀 = end'],
  'iso-8859-1': ['Grüße aus Köln', 'Fußnote'],
  'iso-8859-15': ['100 €', 'Prix: 5 €'],
  'windows-1252': ['“quoted”', '– dash – €'],
  'koi8-r': ['Привет, мир', 'С уважением'],
  'windows-1251': ['Привет, мир', 'С уважением'],
  gb18030: ['你好，世界', '此致敬礼 😀'],
  gbk: ['你好，世界', '此致敬礼'],
  big5: ['你好，世界', '此致敬禮'],
  shift_jis: ['日本語の表ソ', '免責事項の表示'],
  'euc-jp': ['日本語の表', '免責事項'],
  'euc-kr': ['안녕하세요', '감사합니다'],
  'iso-2022-jp': ['日本語の表', '免責事項'],
  'utf-16le': ['Grüße', 'Fußnote 😀'],
  'utf-16be': ['Grüße', 'Fußnote 😀'],
};
const pairs = Object.keys(samples).flatMap((charset) => Object.keys(transfers).map((transfer) => [charset, transfer]));
const isWide = (charset = ''): boolean => charset.startsWith('utf-16');
/** What nobody sends: wide or 8-bit text under 7bit. */
const sensible = pairs.filter(
  ([charset, transfer]) => !(isWide(charset) && !['base64', 'binary'].includes(transfer ?? '')),
);

describe.each(sensible)('%s in %s', (charset = '', transfer = '') => {
  const [old, added] = samples[charset] ?? ['', ''];
  const body = transfers[transfer]?.(toOctets(charset, `first line\r\n${old}\r\n`)) ?? Buffer.alloc(0);
  const header = wire(`Content-Type: text/plain; charset="${charset}"\nContent-Transfer-Encoding: ${transfer}\n\n`);
  const octets = Buffer.concat([header, body, Buffer.from(transfer === 'base64' ? '\r\n' : '')]);

  test.each(['before', 'after'] as const)('text comes %s the old one, charset kept (R03, R10)', (position) => {
    const message = openMessage(octets);
    expect(insert(message, `${added}\nlast line`, position)).toMatchObject({ kind: 'done' });
    const lines = [`first line\n${old}\n`, `${added}\nlast line\n`];
    expect(openMessage(message.write()).text()).toBe((position === 'after' ? lines : lines.reverse()).join(''));
    expect(message.data('none').tree.charset).toBe(charset);
  });
});

test('us-ascii becomes UTF-8 in quoted-printable only when the text needs it (R12)', () => {
  const octets = wire('Subject: x\n\nold = text \nline\n');
  const ascii = openMessage(octets);
  insert(ascii, 'ASCII');
  expect(written(ascii)).toBe('Subject: x\r\n\r\nold = text \r\nline\r\nASCII\r\n');
  const other = openMessage(octets);
  insert(other, 'größer');
  expect(written(other)).toBe(
    'Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n' +
      'MIME-Version: 1.0\r\n\r\nold =3D text=20\r\nline\r\ngr=C3=B6=C3=9Fer\r\n',
  );
});

test('a charset that cannot represent the text becomes UTF-8, the rest of Content-Type staying as written', () => {
  const message = openMessage(
    wire(
      'Content-Type: text/plain ; (why) charset = "ISO-8859-1" ;\n\tx=y\nContent-Transfer-Encoding: 8bit\nMIME-Version: 1.0\n\nGr\xfc\xdfe\n',
    ),
  );
  expect(insert(message, '日本')).toMatchObject({ kind: 'done' });
  const text = Buffer.from(message.write()).toString();
  expect(text).toBe(
    'Content-Type: text/plain ; (why) charset = utf-8 ;\r\n\tx=y\r\nContent-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\n\r\nGrüße\r\n日本\r\n',
  );
});

test('a parameter without its semicolon does not survive next to the new charset', () => {
  const message = openMessage(wire('MIME-Version: 1.0\nContent-Type: text/plain name=x; format=flowed\n\nold\n'));
  expect(insert(message, 'größer')).toMatchObject({ kind: 'done' });
  expect(written(message)).toContain('Content-Type: text/plain; charset=utf-8; format=flowed\r\n');
});

test.each([
  ['charset', 'Content-Type: text/plain; charset=x-nobody-knows\n\nx\n', 'unknown charset x-nobody-knows'],
  ['charset name that is a coding', 'Content-Type: text/plain; charset=base64\n\nx\n', 'unknown charset base64'],
  ['transfer encoding', 'Content-Transfer-Encoding: x-uuencode\n\nx\n', 'unknown Content-Transfer-Encoding x-uuencode'],
  ['damaged base64', 'Content-Transfer-Encoding: base64\n\nQUJD!\n', 'its base64 is damaged'],
  ['text after base64', 'Content-Transfer-Encoding: base64\n\nQQ==\nfooter\n', 'its base64 is damaged'],
  ['two Content-Types', 'Content-Type: text/plain\nContent-Type: text/html\n\nx\n', 'it says twice what it is'],
  ['type', 'Content-Type: \x01 multipart/mixed; boundary=b\n\nx\n', 'its Content-Type cannot be read'],
  ['a header without end', 'Subject: x\n', 'its header is not closed by an empty line'],
])('unknown or damaged %s: the message stays, with the reason (R13)', (_, text, reason) => {
  const octets = wire(text);
  const message = openMessage(octets);
  expect(insert(message, 'größer')).toEqual({ kind: 'skipped', reason: `part text: ${reason}` });
  expect(message.write()).toBe(octets);
});

test('base64 keeps every full line before the last (R04)', () => {
  const old = encodeBase64(Buffer.from('0123456789'.repeat(20)), '\r\n').toString();
  const message = openMessage(wire(`Content-Transfer-Encoding: base64\n\n${old.replaceAll('\r', '')}\n`));
  insert(message, 'new');
  const lines = old.split('\r\n');
  expect(written(message)).toContain(lines.slice(0, -1).join('\r\n'));
  expect(message.text()).toBe(`${'0123456789'.repeat(20)}\nnew`);
});

test.each([
  ['at the end of the body', 'last word=', '', 'last word\nnew'],
  ['before the line end', 'last word=\n', '', 'last word\nnew'],
  ['in a multipart', 'last word=', 'm', 'last word\nnew'],
])('a dangling soft line break of quoted-printable is repaired %s (R05)', (_, body, multipart, decoded) => {
  const part = `Content-Transfer-Encoding: quoted-printable\n\n${body}`;
  const text = multipart === '' ? part : `Content-Type: multipart/mixed; boundary=m\n\n--m\n${part}\n--m--\n`;
  const message = openMessage(wire(text));
  insert(message, 'new');
  expect(message.text()).toBe(decoded);
  expect(openMessage(message.write()).text()).toBe(decoded);
  expect(message.root.parts.length).toBe(openMessage(message.write()).root.parts.length);
});

test('inserted text never forms a delimiter of an open boundary (R07)', () => {
  for (const encoding of ['7bit', '8bit', 'binary', 'quoted-printable', 'base64']) {
    const message = openMessage(
      wire(
        `Content-Type: multipart/mixed; boundary="b b"\n\n--b b\nContent-Type: text/plain; charset=utf-8\n` +
          `Content-Transfer-Encoding: ${encoding}\n\n${encoding === 'base64' ? 'QQ==' : 'A'}\n--b b--\n`,
      ),
    );
    expect(insert(message, '--b b\n--b b--\n--b bc')).toMatchObject({ kind: 'done' });
    const again = openMessage(message.write());
    expect(again.root.parts.length).toBe(1);
    expect(again.text()).toBe('A\n--b b\n--b b--\n--b bc');
  }
});

test('an empty body right before its delimiter gets a line end of its own', () => {
  const message = openMessage(wire('Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b\n\nlast\n--b--\n'));
  insert(message, 'new');
  expect(openMessage(message.write()).text()).toBe('new');
  expect(openMessage(message.write()).root.parts.length).toBe(2);
});

test('line ends are those of the body; control characters are left out', () => {
  const message = openMessage(Buffer.from('Subject: x\n\nold\n'));
  insert(message, 'a\r\nb\rc\0\u001b$B\u0007');
  expect(written(message)).toBe('Subject: x\n\nold\na\nb\nc$B\n');
});

test('a line no body may have makes it quoted-printable', () => {
  const message = openMessage(wire('Subject: x\n\nold\n'));
  insert(message, 'word '.repeat(250).trim());
  expect(written(message)).toContain('Content-Transfer-Encoding: quoted-printable');
  expect(message.text()).toBe(`old\n${'word '.repeat(250).trim()}\n`);
});

test('all edits of a call are applied, or none', () => {
  const octets = wire('Subject: x\n\nold\n');
  const message = openMessage(octets);
  const report = message.edit([
    { kind: 'append-field', name: 'X-A', value: 'a' },
    { kind: 'append-field', name: 'X A', value: 'a' },
  ]);
  expect(report.map(({ kind }) => kind)).toEqual(['skipped', 'skipped']);
  expect(message.write()).toBe(octets);
});

const multipart = (subtype: string, ...parts: readonly string[]): string =>
  `Content-Type: multipart/${subtype}; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`;
const paths = (text: string): readonly string[] => {
  const report = openMessage(wire(text)).edit([{ kind: 'insert-text', position: 'after', plain: 'p', html: 'h' }]);
  return report.flatMap((one) => (one.kind === 'done' ? one.changes.map(({ part }) => part) : []));
};

describe('which parts', () => {
  const plain = 'Content-Type: text/plain\n\nx';
  const html = 'Content-Type: text/html\n\nx';

  test.each([
    [
      'both forms of an alternative',
      multipart('alternative', plain, html, 'Content-Type: text/calendar\n\nx'),
      ['1', '2'],
    ],
    ['the first text of a mixed', multipart('mixed', 'Content-Type: image/png\n\nx', plain, html), ['2']],
    ['no attachment', multipart('mixed', 'Content-Disposition: ATTACHMENT\n\nx', html), ['2']],
    ['no named part', multipart('mixed', 'Content-Type: text/plain; name=a.txt\n\nx'), []],
    [
      'the root of a related',
      multipart('related; start="<r>"', plain, 'Content-Type: text/html\nContent-ID: <R>\n\nx'),
      ['2'],
    ],
    ['the first of a related without start', multipart('related', html, plain), ['1']],
    ['nothing of a report', multipart('report', plain), []],
    ['nothing inside a message', multipart('mixed', `Content-Type: message/rfc822\n\n${plain}`), []],
    ['an unknown multipart like a mixed', multipart('x-what', plain, html), ['1']],
  ])('%s', (_, text, expected) => {
    expect(paths(text)).toEqual(expected);
  });
});
