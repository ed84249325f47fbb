import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reencode } from '../../../core/smime/asn1/canonical.ts';
import { encode, integer, joinDer, oid, raw, sequence, setOf, time } from '../../../core/smime/asn1/der.ts';
import { childrenOf, readElement } from '../../../core/smime/asn1/element.ts';
import { readHeader } from '../../../core/smime/asn1/header.ts';
import { Incomplete, Malformed } from '../../../core/smime/asn1/malformed.ts';
import { readCount, readOctets, readOid, readTime } from '../../../core/smime/asn1/values.ts';
import { createOctetStringStream } from '../../../core/smime/cms/octet-string-stream.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('DER', () => {
  test.each(['1.2.840.113549.1.9.16.1.23', '2.5.29.14', '0.9.2342.19200300.100.1.25', '1.3.101.112', '2.999.3'])(
    'writes and reads %s',
    (dotted) => expect(readOid(readElement(joinDer(oid(dotted))))).toBe(dotted),
  );

  test.each([0, 1, 127, 128, 255, 256, 65_535, 2 ** 31 - 1])('writes and reads %i', (value) => {
    expect(readCount(readElement(joinDer(integer(value))))).toBe(value);
  });

  test.each([
    ['1950-01-01T00:00:00Z', 0x17],
    ['2026-11-23T12:34:56Z', 0x17],
    ['2049-12-31T23:59:59Z', 0x17],
    ['2050-01-01T00:00:00Z', 0x18],
    ['1949-12-31T23:59:59Z', 0x18],
  ])('writes %s in the form of its year, and reads it', (instant, tag) => {
    const element = readElement(joinDer(time(Date.parse(instant))));
    expect(element.tag).toBe(tag);
    expect(readTime(element)).toBe(Date.parse(instant));
  });

  test('puts a SET OF into the order of its encodings', () => {
    const set = joinDer(setOf([integer(300), integer(2), integer(1), sequence()]));
    expect(set.toString('hex')).toBe('310c0201010201020202012c3000');
  });

  test('writes lengths in as few octets as they take', () => {
    for (const length of [0, 127, 128, 255, 256, 65_536]) {
      const element = readElement(joinDer(encode(0x04, raw(Buffer.alloc(length)))));
      expect(element.content).toHaveLength(length);
    }
    expect(joinDer(encode(0x04, raw(Buffer.alloc(128)))).subarray(0, 3)).toEqual(hex('04 81 80'));
  });
});

describe('BER', () => {
  test.each([
    ['a tag number above 30', '1f 01 00'],
    ['a primitive of indefinite length', '04 80 00 00'],
    ['a length of 127 octets', '30 ff 00'],
    ['a length beyond reason', '30 88 ff ff ff ff ff ff ff ff'],
  ])('%s is malformed', (_, octets) => {
    expect(() => readElement(hex(octets))).toThrow(Malformed);
    expect(() => readElement(hex(octets))).not.toThrow(Incomplete);
  });

  test.each([
    ['nothing', ''],
    ['a length that is cut', '30 82 01'],
    ['contents that are cut', '04 03 01 02'],
    ['an end that is missing', '30 80 02 01 00'],
  ])('%s is incomplete', (_, octets) => {
    expect(() => readElement(hex(octets))).toThrow(Incomplete);
  });

  test.each([
    ['an end inside a known length', '30 02 00 00'],
    ['a child longer than its parent', '30 03 04 05 01'],
  ])('%s is malformed when looked into', (_, octets) => {
    expect(() => childrenOf(readElement(hex(octets)))).toThrow(Malformed);
  });

  test.each(['06 00', '06 02 2a 80', '06 03 2a 80 01', '06 09 2a ff ff ff ff ff ff ff 7f'])(
    '%s is no OID',
    (octets) => {
      expect(() => readOid(readElement(hex(octets)))).toThrow(Malformed);
    },
  );

  test('becomes DER again, whatever its lengths were', () => {
    const element = readElement(hex('30 80 24 80 04 01 61 04 01 62 00 00 30 84 00 00 00 03 02 01 05 00 00'));
    expect(joinDer(reencode(element))).toEqual(hex('30 09 04 02 61 62 30 03 02 01 05'));
  });
});

/** An octet string in any form BER has, and what is in it. */
type Piece = { readonly octets: Buffer; readonly content: Buffer };
const piece = fc.letrec<{ any: Piece; primitive: Piece; constructed: Piece }>((tie) => ({
  any: fc.oneof({ maxDepth: 4, depthSize: 'small' }, tie('primitive'), tie('constructed')),
  primitive: fc.uint8Array({ maxLength: 300 }).map((content) => ({
    octets: joinDer(encode(0x04, raw(content))),
    content: Buffer.from(content),
  })),
  constructed: fc.tuple(fc.array(tie('any'), { maxLength: 4 }), fc.boolean()).map(([inner, isOpen]) => {
    const octets = Buffer.concat(inner.map((one) => one.octets));
    const content = Buffer.concat(inner.map((one) => one.content));
    if (!isOpen) return { octets: joinDer(encode(0x24, raw(octets))), content };
    return { octets: Buffer.concat([hex('24 80'), octets, hex('00 00')]), content };
  }),
})).any;

test('a string in any form reads the same whole and as a stream, at any chunking', () => {
  fc.assert(
    fc.property(
      piece,
      fc.uint8Array({ maxLength: 20 }),
      fc.integer({ min: 1, max: 70 }),
      ({ octets, content }, more, size) => {
        expect(readOctets(readElement(octets))).toEqual(content);
        const header = readHeader(octets, 0);
        const stream = createOctetStringStream(header);
        const rest = Buffer.concat([octets.subarray(header.content), more]);
        const found: Buffer[] = [];
        let taken = 0;
        for (let at = 0, done = false; !done && at <= rest.length; at += size) {
          const step = stream.push(rest.subarray(at, at + size));
          found.push(step.octets);
          taken += step.taken;
          done = step.done;
        }
        expect({ taken, content: Buffer.concat(found) }).toEqual({ taken: octets.length - header.content, content });
      },
    ),
  );
});

test('a stream of anything ends or is malformed, and never gives more than it took', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (octets) => {
      const stream = createOctetStringStream({ tag: 0xa0, content: 2, length: -1 });
      try {
        const { octets: found, taken } = stream.push(Buffer.from(octets));
        expect(found.length).toBeLessThanOrEqual(taken);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
      }
    }),
  );
});
