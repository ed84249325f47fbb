import type { Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { expectTag, readTime, tags } from '../asn1/values.ts';

/** Identifier octets only certificates and revocation lists use. */
export const boolean = 0x01;
export const enumerated = 0x0a;

/** A BOOLEAN; false when the component is left out. @throws Malformed */
export function readBoolean(element: Element | null): boolean {
  if (!element) return false;
  const { content } = expectTag(element, boolean);
  if (content.length !== 1) throw new Malformed('a boolean that is none');
  return content[0] !== 0;
}

/** The numbers of the bits that are set in a named-bit BIT STRING. @throws Malformed @source X.690 §8.6, §11.2 */
export function readFlags(element: Element, tag: number = tags.bitString): ReadonlySet<number> {
  const { content } = expectTag(element, tag);
  const unused = content[0];
  if (unused === undefined || unused > 7 || content.length > 9) throw new Malformed('flags that are none');
  const numbers = Array.from({ length: (content.length - 1) * 8 - unused }, (_, at) => at);
  return new Set(numbers.filter((at) => ((content[1 + (at >> 3)] ?? 0) & (0x80 >> (at & 7))) !== 0));
}

/** An INTEGER of any size in hex, two's complement: serial numbers are compared by it, and may be negative. @throws Malformed */
export function readSerial(element: Element): string {
  const { content } = expectTag(element, tags.integer);
  if (content.length === 0 || content.length > 64) throw new Malformed('a serial number out of range');
  return content.toString('hex').replace(/^(?:00)+(?=[0-7].)|^(?:ff)+(?=[89a-f].)/, '');
}

/** A Time as epoch ms. @throws Malformed */
export function readInstant(element: Element | undefined): number {
  const instant = element ? readTime(element) : null;
  if (instant === null) throw new Malformed('a time that is none');
  return instant;
}

/** A restricted character string as text; null when it is of no such type. */
export function readText({ tag, content }: Element): string | null {
  if (tag === 0x0c) return content.toString('utf8');
  if (tag === 0x12 || tag === 0x13 || tag === 0x14 || tag === 0x16 || tag === 0x1a) return content.toString('latin1');
  if (tag === 0x1e) return content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : null;
  return tag === 0x1c ? readUniversal(content) : null;
}

function readUniversal(content: Buffer): string | null {
  if (content.length % 4 !== 0) return null;
  const codes = Array.from({ length: content.length / 4 }, (_, at) => content.readUInt32BE(at * 4));
  return codes.every((code) => code < 0x11_0000) ? String.fromCodePoint(...codes) : null;
}
