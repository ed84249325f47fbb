import { base64, fill, head, single, type Hostile } from './hostile.ts';

const text = (charset: string): string =>
  `Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: 8bit`;

const encoded = (charset: string, octets: Buffer): Buffer =>
  Buffer.concat([head(text(charset).replace('8bit', 'base64')), base64(octets), Buffer.from('\r\n')]);

/** Charsets that are slow, stateful, unknown or lied about. */
export const charsets: Hostile = {
  'iso-2022-jp-escapes': (size) => single(text('iso-2022-jp'), '\x1b$B%F\x1b(B', size),
  'iso-2022-jp-open': (size) => single(text('iso-2022-jp'), '\x1b$B\x1b$@\x1b(J', size),
  'iso-2022-jp-odd': (size) => single(text('iso-2022-jp'), '\x1b$B%', size),
  'iso-2022-kr': (size) => single(text('iso-2022-kr'), '\x1b$)C\x0e0!\x0f', size),
  'utf-7-runs': (size) => single(text('utf-7'), '+AGE-', size),
  'utf-7-open': (size) => single(text('utf-7'), '+AGEAYQ', size),
  'utf-7-imap': (size) => single(text('utf-7-imap'), '&AGE-', size),
  'utf-16-surrogates': (size) => encoded('utf-16be', fill(Buffer.from([0xd8, 0x00]), size * 0.75)),
  'utf-16-marks': (size) => single(text('utf-16'), Buffer.from([0xfe, 0xff]), size),
  'utf-32': (size) => encoded('utf-32', fill(Buffer.from([0, 0x11, 0xff, 0xff]), size * 0.75)),
  'gb18030-four': (size) => single(text('gb18030'), Buffer.from([0x81, 0x30, 0x81, 0x30]), size),
  'shift-jis-lead': (size) => single(text('shift_jis'), Buffer.from([0x81]), size),
  'big5-hkscs': (size) => single(text('big5-hkscs'), Buffer.from([0x88, 0x62]), size),
  'utf-8-broken': (size) => single(text('utf-8'), Buffer.from([0xf0, 0x9f, 0x98]), size),
  'utf-8-bidi': (size) => single(text('utf-8'), Buffer.from('\u202e\u2066\u200f'), size),
  'utf-8-marks': (size) => single(text('utf-8'), Buffer.from('a\u0300\u0301\u0302'), size),
  'charset-name-endless': (size) => single(`Content-Type: text/plain; charset="${'x'.repeat(100_000)}"`, 'x', size),
  'charset-name-odd': (size) => single('Content-Type: text/plain; charset="__proto__"', 'x', size),
  'html-utf-16-marked': (size) =>
    Buffer.concat([
      head('Content-Type: text/html; charset=utf-16\r\nContent-Transfer-Encoding: base64'),
      base64(
        Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(fill('<p>', size / 3).toString('latin1'), 'utf16le')]),
      ),
      Buffer.from('\r\n'),
    ]),
};
