import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeQuotedPrintable } from '../../../core/message/codings/quoted-printable.ts';
import { findPlaces } from '../../../core/message/text/html-place.ts';
import { findTail } from '../../../core/message/text/html-tail.ts';

/** Pieces markup is made of, and what hides it. */
const pieces: readonly string[] = [
  '<p>',
  '</p>',
  '<b class="',
  '">',
  "<a href='",
  "'>",
  '"',
  "'",
  '=',
  '>',
  '<',
  'text',
  ' ',
  '\r\n',
  'don’t',
  '/',
  '<body>',
  '</body>',
  '</BODY >',
  '</html>',
  '<html>',
  '<head>',
  '</head>',
  '</bodyx>',
  '<td title=">">',
  '<br/>',
  '<!--',
  '-->',
  '--!>',
  '<!-->',
  '<!doctype html>',
  '<![endif]-->',
  '<?xml ',
  '<!x',
  '</ x>',
  '<style>',
  '</style>',
  '<script>',
  '</script >',
  '<title>',
  '</title>',
  '<textarea>',
  '</textarea>',
  '<xmp>',
  '<svg>',
  '</svg>',
  '<template>',
  '</template>',
  '<plaintext>',
  '<select>',
  '<iframe src=x>',
  '</iframe>',
];
const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((all) => all.join(''));
/** Mail as it is, mostly: what can be proved often. */
const tidy = fc
  .array(fc.constantFrom('<p class="a">text</p>\r\n', '<style>p{}</style>', '<!-- <b> -->', "<i title='x=y'>z</i>"), {
    maxLength: 8,
  })
  .map((all) => `<html><body>${all.join('')}</body></html>\r\n`);
const html = fc.oneof(soup, tidy);
const runs = { numRuns: process.env['LONG'] ? 300_000 : 5_000 };

test('the place found quickly is the place found by reading all of it', () => {
  let found = 0;
  fc.assert(
    fc.property(html, (text) => {
      const view = Buffer.from(text).toString('latin1');
      const place = findTail(view, 'plain');
      if (place === null) return;
      found += 1;
      expect(place).toBe(findPlaces(view, false).bottom);
    }),
    runs,
  );
  expect(found).toBeGreaterThan(runs.numRuns / 4);
});

/** Quoted-printable as odd as it may be: any octet may be escaped, and lines broken anywhere. */
const written = html.chain((text) => {
  const octets = [...Buffer.from(text)];
  return fc.array(fc.nat(29), { minLength: octets.length, maxLength: octets.length }).map((dice) =>
    octets
      .map((code, at) => {
        const die = dice[at] ?? 0;
        const hex = `=${code.toString(16).padStart(2, '0')}`;
        const piece =
          code > 126 || code === 61 || die === 0 ? (die % 2 ? hex : hex.toUpperCase()) : String.fromCharCode(code);
        return die === 1 ? `${piece}=\r\n` : die === 2 ? `${piece}= \n` : piece;
      })
      .join(''),
  );
});

const decode = (raw: string): string => decodeQuotedPrintable(Buffer.from(raw, 'latin1')).octets.toString('latin1');

test('the same in quoted-printable, without decoding it', () => {
  let found = 0;
  fc.assert(
    fc.property(written, (text) => {
      const place = findTail(text, 'quoted-printable');
      if (place === null) return;
      found += 1;
      expect(decode(text.slice(0, place)).length).toBe(findPlaces(decode(text), false).bottom);
    }),
    runs,
  );
  expect(found).toBeGreaterThan(runs.numRuns / 20);
});
