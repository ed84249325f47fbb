import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeQuotedPrintable, encodeQuotedPrintable } from '../../../core/message/codings/quoted-printable.ts';

/** What matters to the coding, more often than chance would have it; some longer than the decoder's stride. */
const pieces = [
  ' ',
  '\t',
  '\r',
  '\n',
  '\r\n',
  '=',
  '=\r\n',
  '= \n',
  '=20',
  '=0D',
  '=0a',
  '=4',
  '=g1',
  'a',
  'x'.repeat(900),
];
const anyBody = fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((all) => Buffer.from(all.join('')));

/** RFC 2045 §6.7 in one expression. */
const oracle = (body: Buffer): string =>
  body
    .toString('latin1')
    .replaceAll(/=([0-9A-Fa-f]{2})|=[ \t]*(?:\r?\n|$)|[ \t]+(?=\r?\n)/g, (_, hex?: string) =>
      hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16)),
    );

test('escapes, soft line breaks and white space before line ends are decoded, all else stays', () => {
  fc.assert(
    fc.property(anyBody, (body) => {
      expect(decodeQuotedPrintable(body).octets.toString('latin1')).toBe(oracle(body));
    }),
    { numRuns: 3000 },
  );
});

test('rawOffset() cuts the encoded body where the decoded one is cut', () => {
  fc.assert(
    fc.property(anyBody, fc.nat(5000), (body, at) => {
      const content = decodeQuotedPrintable(body);
      const { octets } = content;
      const offset = Math.min(at, octets.length);
      fc.pre(offset < octets.length && octets[offset] !== 0x0a); // nobody cuts a line end, and the end is that of all there is
      const raw = content.rawOffset(offset);
      const head = `${body.toString('latin1', 0, raw)}|`; // white space at the cut is before no line end
      expect(oracle(Buffer.from(head))).toBe(`${octets.toString('latin1', 0, offset)}|`);
    }),
    { numRuns: 3000 },
  );
});

test('what is encoded is decoded as it was, in lines of at most 76 octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (octets, dashes) => {
      const encoded = encodeQuotedPrintable(octets, { lineEnd: '\r\n', dashes });
      expect(decodeQuotedPrintable(encoded).octets.equals(octets)).toBe(true);
      const longest = Math.max(
        ...encoded
          .toString('latin1')
          .split('\n')
          .map((line) => line.replace(/\r$/, '').length),
      );
      expect(longest).toBeLessThanOrEqual(76);
    }),
    { numRuns: 1000 },
  );
});
