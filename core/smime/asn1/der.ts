import { tags } from './values.ts';

/** Octets of DER in pieces, so that large contents are copied once: by `joinDer`. */
export type Der = readonly Uint8Array[];

/** One element around others. */
export function encode(tag: number, ...contents: readonly Der[]): Der {
  const inner = contents.flat();
  const length = inner.reduce((sum, piece) => sum + piece.length, 0);
  return [encodeHeader(tag, length), ...inner];
}

/** All of it in one piece. */
export const joinDer = (der: Der): Buffer => Buffer.concat(der);

/** Octets that are DER already, or the contents of something. */
export const raw = (octets: Uint8Array): Der => [octets];

export const sequence = (...items: readonly Der[]): Der => encode(tags.sequence, ...items);

/** An explicit or constructed context-specific tag. */
export const tagged = (number: number, ...items: readonly Der[]): Der => encode(0xa0 + number, ...items);

/** A SET OF: in the order of the encodings (X.690 §11.6). `tag` for an implicitly tagged one. */
export function setOf(items: readonly Der[], tag: number = tags.set): Der {
  const sorted = items.map(joinDer).toSorted((a, b) => Buffer.compare(a, b));
  return encode(tag, sorted);
}

export const octetString = (octets: Uint8Array): Der => encode(tags.octetString, raw(octets));

/** A BIT STRING of whole octets. */
export const bitString = (octets: Uint8Array, tag: number = tags.bitString): Der =>
  encode(tag, [Buffer.from([0]), octets]);

export const nullValue: Der = [Buffer.from([tags.null, 0])];

/** An INTEGER of 0…2³¹-1. */
export function integer(value: number): Der {
  const hex = value.toString(16);
  const octets = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return encode(tags.integer, (octets[0] ?? 0) >= 0x80 ? [Buffer.from([0]), octets] : raw(octets));
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return encode(tags.oid, raw(Buffer.from([first * 40 + second, ...rest].flatMap(base128))));
}

function base128(arc: number): readonly number[] {
  const octets = [arc % 0x80];
  for (let left = Math.floor(arc / 0x80); left > 0; left = Math.floor(left / 0x80))
    octets.unshift(0x80 + (left % 0x80));
  return octets;
}

/** Epoch ms as UTCTime up to 2049, later as GeneralizedTime. @source RFC 5652 §11.3 */
export function time(instant: number): Der {
  const digits = new Date(instant)
    .toISOString()
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14);
  const isShort = digits >= '1950' && digits < '2050';
  return encode(
    isShort ? tags.utcTime : tags.generalizedTime,
    raw(Buffer.from(`${isShort ? digits.slice(2) : digits}Z`, 'latin1')),
  );
}

function encodeHeader(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 0x100)) octets.unshift(left % 0x100);
  return Buffer.from([tag, 0x80 + octets.length, ...octets]);
}
