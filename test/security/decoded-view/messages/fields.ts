import { fill, head, single, type Hostile } from './hostile.ts';

const large = 900_000;
/** A header near its limit, and a body to the size. */
const withHeader = (piece: string, size: number): Buffer =>
  Buffer.concat([fill(piece, Math.min(size, large)), Buffer.from('\r\n'), fill('x\r\n', size)]);

/** Headers that are long, and fields that unfold into something longer. */
export const fields: Hostile = {
  'fields-shortest': (size) => withHeader('X: y\r\n', size),
  'fields-no-colon': (size) => withHeader('xxxx\r\n', size),
  'fields-folded': (size) => withHeader('X: y\r\n \r\n\t\r\n', size),
  'parameters-million': (size) =>
    single(`Content-Type: text/plain; ${'a=b; '.repeat(Math.min(size, large) / 5)}`, 'x\r\n', size),
  'parameters-continued': (size) =>
    single(
      `Content-Disposition: attachment; ${Array.from({ length: Math.min(size, large) / 24 }, (_, at) => `filename*${at}*=%41%41; `).join('')}`,
      'x\r\n',
      size,
    ),
  'parameter-quoted': (size) =>
    single(`Content-Type: text/plain; a="${'\\"'.repeat(Math.min(size, large) / 2)}`, 'x', size),
  'comments-open': (size) => single(`Content-Type: text/plain ${'('.repeat(Math.min(size, large))}`, 'x', size),
  'words-in-name': (size) =>
    single(
      `Content-Disposition: attachment; filename="${'=?utf-8?Q?=41?= '.repeat(Math.min(size, large) / 16)}"`,
      'x',
      size,
    ),
  'words-nested': (size) =>
    single(`Subject: ${'=?utf-8?Q?=3D=3Futf-8=3F?='.repeat(Math.min(size, large) / 26)}`, 'x', size),
  'words-open': (size) => single(`Subject: ${'=?utf-8?B?'.repeat(Math.min(size, large) / 10)}`, 'x', size),
  'no-end-of-header': (size) => fill('Content-Type: multipart/mixed; boundary=b\r\n', size),
  'content-types-many': (size) =>
    Buffer.concat([fill('Content-Type: text/html\r\n', Math.min(size, large)), head('X: y'), fill('<p>', size)]),
};
