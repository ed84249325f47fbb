import { base64, fill, head, single, type Hostile } from './hostile.ts';

const coded = (coding: string, type = 'text/plain; charset=utf-8'): string =>
  `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${coding}`;

/** Transfer encodings that grow, nest, lie or never end. */
export const codings: Hostile = {
  'qp-soft-breaks': (size) => single(coded('quoted-printable'), '=\r\n', size),
  'qp-blanks': (size) => single(coded('quoted-printable'), ' \t', size),
  'qp-blank-lines': (size) => single(coded('quoted-printable'), `${' '.repeat(70)}\r\n`, size),
  'qp-soft-blanks': (size) => single(coded('quoted-printable'), `=${' '.repeat(70)}`, size),
  'qp-equals': (size) => single(coded('quoted-printable'), '=', size),
  'qp-markup': (size) => single(coded('quoted-printable', 'text/html'), '=3Cp=3E', size),
  'base64-junk': (size) => single(coded('base64'), 'A!', size),
  'base64-padding': (size) => single(coded('base64'), 'QQ==', size),
  'base64-line-each': (size) => single(coded('base64'), 'Q\r\n', size),
  'base64-no-lines': (size) => single(coded('base64'), 'QUJD', size),
  'base64-of-svg': (size) =>
    Buffer.concat([head(coded('base64', 'text/html')), base64(fill('<svg>', (size * 3) / 4)), Buffer.from('\r\n')]),
  'base64-of-base64': (size) =>
    Buffer.concat([head(coded('base64')), base64(base64(base64(fill('A', size / 3)))), Buffer.from('\r\n')]),
  uuencode: (size) => single(coded('x-uuencode'), `M${'!'.repeat(60)}\r\n`, size),
  yenc: (size) => single(coded('x-yenc'), '=ybegin line=128 size=1 name=a\r\n=}\r\n', size),
  'coding-endless': (size) =>
    single(`Content-Type: text/plain\r\nContent-Transfer-Encoding: ${'a'.repeat(100_000)}`, 'x', size),
  tnef: (size) => single(coded('base64', 'application/ms-tnef; name=winmail.dat'), 'eJ8+IgAA\r\n', size),
  'zip-name': (size) => single(coded('base64', 'application/zip; name="../../a.zip%00.txt"'), 'UEsDBAoA\r\n', size),
};
