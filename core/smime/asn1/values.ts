import { childrenOf, type Element } from './element.ts';
import { isConstructed } from './header.ts';
import { Malformed } from './malformed.ts';

/** Identifier octets used here; context-specific ones are 0x80 (primitive) or 0xa0 (constructed) plus their number. */
export const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The components of a SEQUENCE, taken one after the other. */
export type Fields = {
  /** @throws Malformed when the next one has another tag */
  next(tag: number): Element;
  /** @returns null, and takes nothing, when the next one has none of these tags */
  optional(...tags: readonly number[]): Element | null;
};

/** Starts taking the components of a SEQUENCE. @throws Malformed */
export function fieldsOf(element: Element, tag: number = tags.sequence): Fields {
  const children = childrenOf(expectTag(element, tag));
  let index = 0;
  const optional = (...wanted: readonly number[]): Element | null => {
    const child = children[index];
    if (!child || !wanted.includes(child.tag)) return null;
    index += 1;
    return child;
  };
  return {
    optional,
    next(wanted) {
      const child = optional(wanted);
      if (!child) throw new Malformed('a component is missing');
      return child;
    },
  };
}

/** @throws Malformed when the element has another tag */
export function expectTag(element: Element, tag: number): Element {
  if (element.tag !== tag) throw new Malformed('an element of another type than belongs here');
  return element;
}

/** The one element inside an explicit tag. @throws Malformed */
export function onlyChild(element: Element): Element {
  const [child, ...more] = childrenOf(element);
  if (!child || more.length > 0) throw new Malformed('not exactly one element where one belongs');
  return child;
}

/** An OBJECT IDENTIFIER in dotted form. @throws Malformed @source X.690 §8.19 */
export function readOid(element: Element): string {
  const { content } = expectTag(element, tags.oid);
  if (content.length === 0 || content.length > 32 || (content.at(-1) ?? 0) >= 0x80)
    throw new Malformed('an object identifier that is none');
  const arcs: number[] = [];
  let value = 0;
  for (const octet of content) {
    if (value === 0 && octet === 0x80) throw new Malformed('an object identifier that is none');
    value = value * 0x80 + (octet & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER) throw new Malformed('an object identifier beyond reason');
    if (octet >= 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(Math.floor(value / 40), 2));
    arcs.push(arcs.length === 1 ? value - (arcs[0] ?? 0) * 40 : value);
    value = 0;
  }
  return arcs.join('.');
}

/** A small INTEGER that is not negative. @throws Malformed */
export function readCount(element: Element): number {
  const { content } = expectTag(element, tags.integer);
  if (content.length === 0 || content.length > 5 || (content[0] ?? 0) >= 0x80)
    throw new Malformed('a number out of range');
  return content.readUIntBE(0, content.length);
}

/** The octets of an OCTET STRING, in one piece or many. @throws Malformed @source X.690 §8.7 */
export function readOctets(element: Element): Buffer {
  return joinOctets(element, tags.octetString);
}

/** The same of an implicitly tagged one; `tag` without the constructed bit. @throws Malformed */
export function joinOctets(element: Element, tag: number): Buffer {
  if ((element.tag & ~0x20) !== tag) throw new Malformed('no octet string where one belongs');
  if (!isConstructed(element.tag)) return element.content;
  return Buffer.concat([...piecesOf(element)]);
}

function* piecesOf(element: Element): Generator<Buffer> {
  for (const child of childrenOf(element)) {
    if (child.tag === tags.octetString) yield child.content;
    else if (child.tag === (tags.octetString | 0x20)) yield* piecesOf(child);
    else throw new Malformed('something else inside an octet string');
  }
}

/** A BIT STRING of whole octets, in one piece. @throws Malformed */
export function readBits(element: Element, tag: number = tags.bitString): Buffer {
  const { content } = expectTag(element, tag);
  if (content[0] !== 0) throw new Malformed('a bit string that is not made of whole octets');
  return content.subarray(1);
}

/**
 * A UTCTime or GeneralizedTime in the form RFC 5652 §11.3 prescribes, as epoch ms.
 *
 * @returns null when it is neither, or no time there is
 */
export function readTime({ tag, content }: Element): number | null {
  const text = content.toString('latin1');
  if (tag === tags.utcTime && /^\d{12}Z$/.test(text)) return parseTime(`${text < '5' ? '20' : '19'}${text}`);
  return tag === tags.generalizedTime && /^\d{14}Z$/.test(text) ? parseTime(text) : null;
}

function parseTime(text: string): number | null {
  const at = (from: number): string => text.slice(from, from + 2);
  const time = Date.parse(`${text.slice(0, 4)}-${at(4)}-${at(6)}T${at(8)}:${at(10)}:${at(12)}Z`);
  return Number.isNaN(time) ? null : time;
}
