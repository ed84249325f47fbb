import { encode, joinDer, raw, setOf, type Der } from './der.ts';
import { childrenOf, type Element } from './element.ts';
import { isConstructed } from './header.ts';
import { joinOctets, tags } from './values.ts';

/**
 * Encodes an element again with definite, shortest lengths and strings in one piece: DER, but for the order of a SET,
 * which stays as received.
 *
 * @throws Malformed
 */
export function reencode(element: Element, tag: number = element.tag): Der {
  if (element.tag === (tags.octetString | 0x20))
    return encode(tags.octetString, raw(joinOctets(element, tags.octetString)));
  if (!isConstructed(element.tag)) return encode(tag, raw(element.content));
  return encode(tag, ...childrenOf(element).map((child) => reencode(child)));
}

/** The same of a SET OF SEQUENCE { type, SET OF value } with both sets in the order of DER. @throws Malformed */
export function reencodeAttributes(attributes: Element): Buffer {
  const items = childrenOf(attributes).map((attribute) => {
    const [type, values] = childrenOf(attribute);
    if (!type || values?.tag !== tags.set) return reencode(attribute);
    const sorted = setOf(childrenOf(values).map((value) => reencode(value)));
    return encode(tags.sequence, reencode(type), sorted);
  });
  return joinDer(setOf(items));
}
