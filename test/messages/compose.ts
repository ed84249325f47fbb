import * as fc from 'fast-check';
import iconv from 'iconv-lite';

/** A message made of known parts: what was put in is known, whatever the octets look like. */
export type Composed = {
  readonly octets: Buffer;
  /** Text of the first text/plain and text/html body part, lines ending in `\n`; null for none. */
  readonly plain: string | null;
  readonly html: string | null;
};

const words: Readonly<Record<string, readonly string[]>> = {
  'us-ascii': ['Hello', 'world', 'From', '.', '--', '-- ', '=', '>', 'a=3Db', '--b1', '<b>'],
  'utf-8': ['Grüße', '日本', '😀', 'Ελλάδα', 'a', '.'],
  'iso-8859-1': ['Grüße', 'ñandú', 'a', '.'],
  'iso-8859-15': ['5 €', 'œuvre', 'a'],
  'windows-1252': ['“so”', '€', 'a–b'],
  'koi8-r': ['Привет', 'мир', 'a'],
  'windows-1251': ['Привет', 'ёж'],
  'iso-8859-2': ['Zażółć', 'gęślą'],
  gb18030: ['中文', '邮件', 'a'],
  gbk: ['中文', '邮件'],
  big5: ['中文', '郵件'],
  shift_jis: ['日本語', 'メール', 'ア'],
  'euc-kr': ['한국어', '편지'],
  'euc-jp': ['日本語', 'メール'],
};
const charsets = Object.keys(words);

type Body = { readonly text: string; readonly charset: string; readonly transfer: string; readonly flowed: boolean };

const lines = (charset: string): fc.Arbitrary<string> =>
  fc
    .array(fc.array(fc.constantFrom(...(words[charset] ?? [])), { maxLength: 12 }), { maxLength: 8 })
    .map((all) => all.map((line) => line.join(' ').trimEnd()).join('\n'));
const bodies: fc.Arbitrary<Body> = fc.constantFrom(...charsets).chain((charset) =>
  fc.record({
    text: lines(charset),
    charset: fc.constant(charset),
    transfer: fc.constantFrom(
      ...(charset === 'us-ascii' ? ['7bit'] : []),
      '8bit',
      'binary',
      'quoted-printable',
      'base64',
    ),
    flowed: fc.boolean(),
  }),
);

/** How a part is written down; every choice is one a mail program makes. */
const styles = fc.record({
  name: fc.constantFrom('Content-Type', 'content-type', 'CONTENT-TYPE'),
  quote: fc.boolean(),
  upper: fc.boolean(),
  comment: fc.boolean(),
  fold: fc.boolean(),
  order: fc.boolean(),
});
type Style = typeof styles extends fc.Arbitrary<infer T> ? T : never;

function encode(octets: Buffer, transfer: string): Buffer {
  if (transfer === 'base64')
    return Buffer.from(octets.toString('base64').replaceAll(/.{76}(?=.)/g, '$&\r\n'), 'latin1');
  if (transfer !== 'quoted-printable') return octets;
  const escaped = [...octets].map((code) =>
    code === 61 || code > 126 ? `=${code.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(code),
  );
  const text = escaped
    .join('')
    .replaceAll(/[ \t](?=\r\n|$)/g, (blank) => `=${blank.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return Buffer.from(text.replaceAll(/(?:[^=\r\n]|=..){70}(?=[^\r\n])/g, '$&=\r\n'), 'latin1');
}

function partOf({ text, charset, transfer, flowed }: Body, subtype: string, style: Style): Buffer {
  const octets = iconv.encode(text.replaceAll('\n', '\r\n'), charset === 'us-ascii' ? 'ascii' : charset);
  const label = style.upper ? charset.toUpperCase() : charset;
  const parameters = [`charset=${style.quote ? `"${label}"` : label}`];
  if (flowed && subtype === 'plain') parameters[style.order ? 'push' : 'unshift']('format=flowed');
  const type = `text/${style.upper ? subtype.toUpperCase() : subtype}${style.comment ? ' (a; "comment")' : ''}`;
  const head = [
    `${style.name}: ${[type, ...parameters].join(style.fold ? ';\r\n\t' : '; ')}`,
    `Content-Transfer-Encoding: ${style.upper ? transfer.toUpperCase() : transfer}${style.comment ? ' (so)' : ''}`,
  ];
  if (style.order) head.reverse();
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), encode(octets, transfer)]);
}

const file = Buffer.from(
  'Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF\r\n',
  'latin1',
);
const image = Buffer.from(
  'Content-Type: image/gif\r\nContent-ID: <i@x>\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lG\r\n',
);

type Frame = {
  readonly boundary: string;
  readonly preamble: string;
  readonly epilogue: string;
  readonly closed: boolean;
};
const frames = fc.record({
  boundary: fc.constantFrom('b1', 'b 1', '=_x', "----=_Next'Part", 'b1b1', '"x'.slice(1), 'b(1)'),
  preamble: fc.constantFrom('', 'This is MIME.\r\n', '\r\n\r\n', '--\r\n', 'NUL \0\r\n'),
  epilogue: fc.constantFrom('', 'bye\r\n', '\r\n', '--b9--\r\n'),
  closed: fc.boolean(),
});

function enclose(
  subtype: string,
  parts: readonly Buffer[],
  level: number,
  { boundary, preamble, epilogue, closed }: Frame,
): Buffer {
  const own = `${boundary}.${level}`;
  const delimiter = Buffer.from(`\r\n--${own}\r\n`);
  return Buffer.concat([
    Buffer.from(`Content-Type: multipart/${subtype}; boundary="${own}"\r\n\r\n${preamble}`, 'latin1'),
    ...parts.flatMap((part) => [delimiter, part]),
    Buffer.from(closed ? `\r\n--${own}--\r\n${epilogue}` : '\r\n', 'latin1'),
  ]);
}

const header = Buffer.from('From: ann@client.test\r\nTo: bob@example.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n');
const shapes = ['plain', 'html', 'alternative', 'mixed', 'related', 'nested'] as const;

/** Well-formed messages: charsets, transfer encodings, flowed text and structures, in every combination. */
export const composed: fc.Arbitrary<Composed> = fc
  .record({
    shape: fc.constantFrom(...shapes),
    plain: bodies,
    html: bodies,
    styles: fc.tuple(styles, styles),
    frames: fc.tuple(frames, frames, frames),
  })
  .map(({ shape, plain, html, styles: [first, second], frames: [outer, middle, inner] }) => {
    const text = partOf({ ...plain, flowed: plain.flowed }, 'plain', first);
    const markup = partOf({ ...html, text: `<p>${html.text.replaceAll(/[<>]/g, '')}</p>` }, 'html', second);
    const said = { plain: plain.text, html: `<p>${html.text.replaceAll(/[<>]/g, '')}</p>` };
    const both = (frame: Frame, level: number): Buffer => enclose('alternative', [text, markup], level, frame);
    const entities: Readonly<Record<(typeof shapes)[number], () => Buffer>> = {
      plain: () => text,
      html: () => markup,
      alternative: () => both(outer, 1),
      mixed: () => enclose('mixed', [text, file], 1, outer),
      related: () => enclose('related', [markup, image], 1, outer),
      nested: () =>
        enclose(
          'mixed',
          [enclose('alternative', [text, enclose('related', [markup, image], 3, inner)], 2, middle), file],
          1,
          outer,
        ),
    };
    return {
      octets: Buffer.concat([header, entities[shape]()]),
      plain: shape === 'html' || shape === 'related' ? null : said.plain,
      html: shape === 'plain' || shape === 'mixed' ? null : said.html,
    };
  });
