import { fill, head, single, type Hostile } from './hostile.ts';

const multipart = (boundary: string): string => `Content-Type: multipart/mixed; boundary="${boundary}"`;
const nested = (count: number, make: (level: number) => string): string =>
  Array.from({ length: count }, (_, level) => make(level)).join('');

/** Trees that are deep, wide, or split in more than one way. */
export const structures: Hostile = {
  'parts-empty': (size) => single(multipart('b'), '--b\r\n\r\n', size),
  'parts-most': (size) =>
    Buffer.concat([head(multipart('b')), fill('--b\r\n\r\nx\r\n', 9_990 * 10), fill('x', size), Buffer.from('\r\n')]),
  'parts-described': (size) =>
    single(multipart('b'), `--b\r\nContent-Type: x/y; ${'a*0*=b; '.repeat(2_000)}\r\n\r\n\r\n`, size),
  'levels-200': (size) =>
    Buffer.concat([
      Buffer.from(nested(200, (at) => `${multipart(`b${at}`)}\r\n\r\n--b${at}\r\n`)),
      fill('x\r\n', size),
    ]),
  'levels-29-near': (size) =>
    Buffer.concat([
      Buffer.from(nested(29, (at) => `${multipart(`bbbbbbbbbb${at + 10}`)}\r\n\r\n--bbbbbbbbbb${at + 10}\r\n`)),
      Buffer.from('\r\n'),
      fill('--bbbbbbbbbbxx\r\n', size),
    ]),
  'boundary-prefixes': (size) =>
    Buffer.concat([
      Buffer.from(nested(25, (at) => `${multipart('a'.repeat(at + 1))}\r\n\r\n--${'a'.repeat(at + 1)}\r\n`)),
      Buffer.from('\r\n'),
      fill(`--${'a'.repeat(40)}\r\n`, size),
    ]),
  'boundary-same': (size) =>
    Buffer.concat([Buffer.from(nested(28, () => `${multipart('b')}\r\n\r\n--b\r\n`)), fill('--b--\r\n--b\r\n', size)]),
  'boundary-longest': (size) => single(multipart('b'.repeat(900)), `--${'b'.repeat(899)}\r\n`, size),
  'dashes-only': (size) => single(multipart('b'), '-', size),
  'dash-lines': (size) => single(multipart('b'), '--\r\n', size),
  'messages-in-messages': (size) =>
    Buffer.concat([Buffer.from('Content-Type: message/rfc822\r\n\r\n'.repeat(500)), fill('x\r\n', size)]),
  'message-in-base64': (size) =>
    single('Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64', 'Q29udGVudC1UeXBl', size),
  'digest-of-nothing': (size) => single('Content-Type: multipart/digest; boundary=b', '--b\r\n\r\n\r\n', size),
  'related-in-related': (size) =>
    Buffer.concat([
      Buffer.from(
        nested(29, (at) => `Content-Type: multipart/related; boundary=b${at}; start="<${at}>"\r\n\r\n--b${at}\r\n`),
      ),
      Buffer.from('Content-Type: text/html\r\n\r\n'),
      fill('<p>', size),
    ]),
};
