import { nullValue, oid, sequence, type Der } from '../asn1/der.ts';
import { childrenOf, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { expectTag, readOid, tags } from '../asn1/values.ts';

/** An AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
export type Algorithm = {
  readonly oid: string;
  /** Null when absent. */
  readonly parameters: Element | null;
  /** All of it, as received. */
  readonly element: Element;
};

/** @throws Malformed */
export function readAlgorithm(element: Element): Algorithm {
  const [type, parameters = null, ...more] = childrenOf(expectTag(element, tags.sequence));
  if (!type || more.length > 0) throw new Malformed('an algorithm that is none');
  return { oid: readOid(type), parameters, element };
}

export const algorithmWithNull = (dotted: string): Der => sequence(oid(dotted), nullValue);
