import * as fc from 'fast-check';
import iconv from 'iconv-lite';
import { expect, test } from 'vitest';
import { decodeUtf7 } from '../../../core/message/text/utf-7.ts';

test.each([
  ['Hi Mom -+Jjo--!', 'Hi Mom -☺-!'],
  ['+ZeVnLIqe-', '日本語'],
  ['Item 3 is +AKM-1.', 'Item 3 is £1.'],
  ['A+ImIDkQ.', 'A≢Α.'],
  ['1 +- 1 = 2 +', '1 + 1 = 2 '],
  ['+AOQ', 'ä'],
])('%s is %s (RFC 2152)', (octets, text) => {
  expect(decodeUtf7(Buffer.from(octets))).toBe(text);
});

test('reads what iconv-lite writes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 9_000 }), (text) => {
      expect(decodeUtf7(iconv.encode(text, 'utf-7'))).toBe(text);
    }),
    { numRuns: 30 },
  );
});

test('any octets have a text', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      expect(decodeUtf7(octets).length).toBeLessThanOrEqual(octets.length);
    }),
  );
});
