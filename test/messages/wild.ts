import iconv from 'iconv-lite';

/** A message as found in the wild: its octets, and whether other readers agree with what we read. */
export type Wild = { readonly octets: Buffer; readonly agrees: boolean };

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const samples: Readonly<Record<string, string>> = {
  'us-ascii': 'Hello Bob',
  'utf-8': 'Grüße, 5 €, 日本語, 🙂',
  'iso-8859-1': 'Grüße à tous',
  'iso-8859-2': 'Žluťoučký kůň',
  'iso-8859-5': 'Привет',
  'iso-8859-7': 'Καλημέρα',
  'iso-8859-15': 'Prix: 5 €',
  'windows-1250': 'Příliš žluťoučký',
  'windows-1251': 'Здравствуйте',
  'windows-1252': '“Quoted” — 5 €',
  'windows-1255': 'שלום',
  'windows-1256': 'مرحبا',
  'koi8-r': 'Привет, мир',
  'koi8-u': 'Привіт, світе',
  gb2312: '你好,世界',
  gbk: '你好,世界',
  gb18030: '你好,世界 𠮷',
  big5: '你好,世界',
  shift_jis: 'こんにちは',
  'euc-jp': 'こんにちは',
  'euc-kr': '안녕하세요',
};

const quoted = (octets: Buffer): string =>
  [...octets]
    .map((octet) =>
      octet > 126 || octet === 61 || (octet < 32 && octet !== 10 && octet !== 13)
        ? `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(octet),
    )
    .join('')
    .replaceAll(/(?:=[0-9A-F]{2}|[^\r\n=]){24}/g, '$&=\r\n');
const lines64 = (octets: Buffer): string => octets.toString('base64').replaceAll(/.{76}/g, '$&\r\n');
const encodings: Readonly<Record<string, (octets: Buffer) => Buffer>> = {
  '8bit': (octets) => octets,
  'quoted-printable': (octets) => bytes(quoted(octets)),
  base64: (octets) => bytes(lines64(octets)),
};

const top = 'From: Ann <ann@else.example>\r\nTo: bob@example.test\r\nSubject: wild\r\nMIME-Version: 1.0\r\n';
const entity = (type: string, encoding: string, body: Buffer): Buffer =>
  Buffer.concat([
    bytes(`Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`),
    body,
    bytes('\r\n'),
  ]);
const message = (...pieces: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat([bytes(top), ...pieces.map((piece) => (typeof piece === 'string' ? bytes(piece) : piece))]);

/** Every charset in every encoding, plain and HTML. */
function* texts(): Generator<readonly [string, Wild]> {
  for (const [charset, text] of Object.entries(samples))
    for (const [encoding, encode] of Object.entries(encodings)) {
      const plain = iconv.encode(`${text}\r\n\r\n${text}`, charset);
      yield [
        `${charset} in ${encoding}`,
        { octets: message(entity(`text/plain; charset="${charset}"`, encoding, encode(plain))), agrees: true },
      ];
      const html = iconv.encode(`<html><body><p>${text}</p></body></html>`, charset);
      yield [
        `HTML, ${charset} in ${encoding}`,
        { octets: message(entity(`text/html; charset=${charset}`, encoding, encode(html))), agrees: true },
      ];
    }
}

const leaf = (text: string, more = ''): string => `Content-Type: text/plain\r\n${more}\r\n${text}\r\n`;
const mixed = (boundary: string, ...parts: readonly string[]): string =>
  `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${parts.map((part) => `--${boundary}\r\n${part}`).join('')}--${boundary}--\r\n`;

/** Multiparts as writers, gateways and spammers make them; the third says whether readers agree. */
const trees: readonly (readonly [name: string, octets: string, agrees?: false])[] = [
  ['a boundary with everything it may hold', mixed("aA0'()+_,-./:=?", leaf('one'), leaf('two'))],
  ['a boundary of 70 characters', mixed('b'.repeat(70), leaf('one'))],
  ['a boundary of 200 characters', mixed('b'.repeat(200), leaf('one')), false],
  ['a boundary that begins another', mixed('ab', leaf('one'), mixed('abc', leaf('two')))],
  ['a boundary another begins', mixed('abc', leaf('one'), mixed('ab', leaf('two'))), false],
  ['a boundary of dashes', mixed('------', leaf('one'))],
  [
    'a boundary in single quotes',
    "Content-Type: multipart/mixed; boundary='b'\r\n\r\n--'b'\r\n\r\none\r\n--'b'--\r\n",
    false,
  ],
  [
    'a boundary with an escape',
    'Content-Type: multipart/mixed; boundary="a\\b"\r\n\r\n--ab\r\n\r\none\r\n--ab--\r\n',
    false,
  ],
  [
    'a boundary in pieces (RFC 2231)',
    'Content-Type: multipart/mixed; boundary*0="ab";\r\n boundary*1="cd"\r\n\r\n--abcd\r\n\r\none\r\n--abcd--\r\n',
    false,
  ],
  ['a folded boundary field', 'Content-Type: multipart/mixed;\r\n\tboundary="b"\r\n\r\n--b\r\n\r\none\r\n--b--\r\n'],
  [
    'preamble and epilogue',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\nThis is MIME.\r\n--b\r\n\r\none\r\n--b--\r\nThe end.\r\n`,
  ],
  [
    'an epilogue with a delimiter in it',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\nghost\r\n`,
    false,
  ],
  ['a preamble without its line end', `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--`],
  [
    'a delimiter at the very beginning',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n`,
  ],
  [
    'no empty line before the first delimiter',
    `Content-Type: multipart/mixed; boundary=b\r\n--b\r\n\r\none\r\n--b--\r\n`,
    false,
  ],
  [
    'blank lines before the first delimiter',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n\r\n\r\n--b\r\n\r\none\r\n--b--\r\n`,
  ],
  ['a text that looks like a delimiter', mixed('b', leaf('--bb\r\n-- b\r\n --b\r\n--a'))],
  [
    'parts without headers',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n`,
  ],
  [
    'a part without an empty line',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n--b--\r\n`,
    false,
  ],
  [
    'a part that begins with text',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nno field here\r\n\r\none\r\n--b--\r\n`,
    false,
  ],
  ['an empty multipart', 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n', false],
  ['a multipart with no octet', 'Content-Type: multipart/mixed; boundary=b\r\n\r\n', false],
  ['a multipart that lost its parameters', 'Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\none\r\n--b--\r\n', false],
  [
    'a digest',
    `Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: in\r\n\r\none\r\n--b--\r\n`,
    false,
  ],
  ['parallel parts', `Content-Type: multipart/parallel; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n`],
  [
    'form data',
    `Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\none\r\n--b--\r\n`,
    false,
  ],
  [
    'appledouble',
    `Content-Type: multipart/appledouble; boundary=b\r\n\r\n--b\r\nContent-Type: application/applefile\r\n\r\nx\r\n--b\r\nContent-Type: image/png\r\n\r\ny\r\n--b--\r\n`,
    false,
  ],
  [
    'a forwarded message',
    mixed('b', leaf('mine'), `Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ntheirs\r\n`),
  ],
  [
    'a forwarded message in base64',
    mixed(
      'b',
      leaf('mine'),
      `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogaW4NCg0KdGhlaXJz\r\n`,
    ),
    false,
  ],
  ['a partial message', `Content-Type: message/partial; id=a; number=1; total=2\r\n\r\nhalf\r\n`, false],
  [
    'an external body',
    mixed(
      'b',
      leaf('mine'),
      `Content-Type: message/external-body; access-type=URL; URL="x"\r\n\r\nContent-Type: text/plain\r\n\r\n`,
    ),
    false,
  ],
  [
    'a delivery report',
    `Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nfailed\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\nAction: failed\r\n--b--\r\n`,
    false,
  ],
  [
    'a calendar beside the text',
    `Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n--b--\r\n`,
  ],
  [
    'AMP beside HTML',
    `Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/x-amp-html\r\n\r\n<html amp4email>\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>one</p>\r\n--b--\r\n`,
  ],
  ['enriched text', `Content-Type: text/enriched\r\n\r\n<bold>one</bold>\r\n`, false],
  [
    'rich text of Outlook',
    mixed(
      'b',
      leaf('one'),
      `Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+Ig==\r\n`,
    ),
  ],
  ['uuencode in the text', `Content-Type: text/plain\r\n\r\none\r\nbegin 644 a.txt\r\n#0V%T\r\n\`\r\nend\r\n`, false],
  ['yEnc in the text', `Content-Type: text/plain\r\n\r\n=ybegin line=128 size=3 name=a\r\nabc\r\n=yend size=3\r\n`],
  [
    'x-uuencode as encoding',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n#0V%T\r\nend\r\n`,
    false,
  ],
  [
    'an encoding with a space behind',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: base64 \r\n\r\nSGVsbG8=\r\n`,
  ],
  [
    'an encoding in quotes',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: "base64"\r\n\r\nSGVsbG8=\r\n`,
    false,
  ],
  ['an encoding named 8-bit', `Content-Type: text/plain\r\nContent-Transfer-Encoding: 8-bit\r\n\r\none\r\n`],
  [
    'an encoding twice',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n`,
    false,
  ],
  [
    'quoted-printable with small hex',
    `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ngr=c3=bcn\r\n`,
  ],
  [
    'quoted-printable with a bad escape',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n100=% =ZZ =\r\n`,
    false,
  ],
  [
    'quoted-printable that ends in a soft break',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nlast word=`,
    false,
  ],
  [
    'quoted-printable with spaces before line ends',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\none=20  \r\ntwo \t\r\n`,
    false,
  ],
  [
    'base64 in one line',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from('word '.repeat(200)).toString('base64')}\r\n`,
  ],
  [
    'base64 in lines of four',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVs\r\nbG8s\r\nIEJv\r\nYg==\r\n`,
  ],
  [
    'base64 in uneven lines',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGV\r\nsbG8sI\r\nEJvYg==\r\n`,
  ],
  [
    'base64 with text behind',
    `Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n-- \r\na list footer!\r\n`,
    false,
  ],
  ['base64 of nothing', `Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n`],
  [
    'flowed text',
    `Content-Type: text/plain; format=flowed\r\n\r\n> a quote \r\n> goes on\r\nA line that \r\nflows on.\r\n-- \r\nAnn\r\n`,
  ],
  ['flowed text, delsp', `Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nA line that \r\nflows on.\r\n`],
  ['a charset in quotes with a blank', `Content-Type: text/plain; charset="utf-8 "\r\n\r\none\r\n`],
  ['a charset nobody knows', `Content-Type: text/plain; charset=x-unknown\r\n\r\none\r\n`],
  ['charset ANSI_X3.4-1968', `Content-Type: text/plain; charset=ANSI_X3.4-1968\r\n\r\none\r\n`],
  ['two charsets', `Content-Type: text/plain; charset=utf-8; charset=iso-8859-1\r\n\r\none\r\n`, false],
  ['a type with a semicolon too many', `Content-Type: text/plain;; charset=utf-8;\r\n\r\none\r\n`],
  ['a type without subtype', `Content-Type: text\r\n\r\none\r\n`, false],
  ['a type in capitals', `CONTENT-TYPE: TEXT/PLAIN; CHARSET=UTF-8\r\n\r\none\r\n`],
  [
    'a file name in pieces',
    mixed(
      'b',
      leaf('one'),
      leaf('file', `Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1="b.txt"\r\n`),
    ),
  ],
  [
    'a file name as an encoded word',
    mixed('b', leaf('one'), leaf('file', `Content-Disposition: attachment; filename="=?utf-8?q?gr=C3=BCn?="\r\n`)),
  ],
  [
    'a file name in octets',
    mixed('b', leaf('one'), leaf('file', `Content-Disposition: attachment; filename=gr\xfcn.txt\r\n`)),
  ],
  ['a disposition nobody knows', mixed('b', leaf('one'), leaf('file', `Content-Disposition: foo\r\n`))],
  [
    'two bodies (Apple Mail)',
    mixed('b', leaf('one'), `Content-Type: image/png\r\nContent-Disposition: inline\r\n\r\nx\r\n`, leaf('two')),
  ],
  ['headers after a blank continuation', `X-A: 1\r\n \r\n\tx\r\nContent-Type: text/plain\r\n\r\none\r\n`, false],
  ['a field without a colon', `Content-Type: text/plain\r\nthis is no field\r\nX-B: 2\r\n\r\none\r\n`, false],
  ['a field with a space before its colon', `X-A : 1\r\nContent-Type : text/plain\r\n\r\none\r\n`, false],
  ['a line of 5000 characters', `Content-Type: text/plain\r\n\r\n${'word '.repeat(1_000)}\r\n`],
  ['a field of 20000 characters', `X-Long: ${'x'.repeat(20_000)}\r\nContent-Type: text/plain\r\n\r\none\r\n`],
  ['NUL in the text', 'Content-Type: text/plain\r\n\r\no\0ne\r\n', false],
  ['lone CR in the text', 'Content-Type: text/plain\r\n\r\none\rtwo\r\n', false],
  ['a DOS end of file', 'Content-Type: text/plain\r\n\r\none\r\n\x1a'],
  ['dots alone on lines', 'Content-Type: text/plain\r\n\r\none\r\n.\r\n..\r\n'],
  ['From at the beginning of a line', 'Content-Type: text/plain\r\n\r\nFrom here on\r\n>From there\r\n'],
  [
    'addresses of RFC 6532 (EAI)',
    Buffer.from('X-From: 猫 <猫@例え.jp>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nにゃあ\r\n').toString(
      'latin1',
    ),
  ],
  [
    'a global message inside',
    mixed(
      'b',
      leaf('one'),
      Buffer.from('Content-Type: message/global\r\n\r\nSubject: 猫\r\n\r\nにゃあ\r\n').toString('latin1'),
    ),
    false,
  ],
];

/** Line ends as stores and old tools leave them. */
const lineEnds: Readonly<Record<string, (octets: Buffer) => Buffer>> = {
  CRLF: (octets) => octets,
  LF: (octets) => bytes(octets.toString('latin1').replaceAll('\r\n', '\n')),
};

/** All of them, by a name that says what is odd. */
export function wildMessages(): readonly (readonly [name: string, Wild])[] {
  const made = trees.map(([name, octets, agrees = true]) => [name, { octets: message(octets), agrees }] as const);
  return [...texts(), ...made].flatMap(([name, { octets, agrees }]) =>
    Object.entries(lineEnds).map(
      ([ends, convert]) => [`${name}, ${ends}`, { octets: convert(octets), agrees }] as const,
    ),
  );
}
