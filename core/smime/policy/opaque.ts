import { Malformed } from '../asn1/malformed.ts';
import { childrenOf, type Element } from '../asn1/element.ts';
import { encode, octetString, raw, tagged, type Der } from '../asn1/der.ts';
import { fieldsOf, onlyChild, tags } from '../asn1/values.ts';
import { oids } from '../cms/oids.ts';
import { readContentInfo, readSignedData } from '../cms/signed-data.ts';
import { writeContentInfo } from '../cms/write-signed.ts';

/** What an opaque signature contains; null when there is nothing, or it cannot be read. */
export function opaqueContentOf(cms: Uint8Array): Buffer | null {
  try {
    return readSignedData(cms).content;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/**
 * Puts other content into an opaque signature: every signature in it stays, and none verifies any more.
 *
 * @returns null when it cannot be read
 */
export function replaceOpaqueContent(cms: Uint8Array, content: Uint8Array): Buffer | null {
  try {
    const fields = childrenOf(readContentInfo(cms, oids.signedData));
    const at = fields.findIndex(({ tag }) => tag === tags.sequence);
    const data = fields.map((field, index) => (index === at ? encapsulate(field, content) : raw(field.octets)));
    return writeContentInfo(oids.signedData, encode(tags.sequence, ...data));
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

function encapsulate(field: Element, content: Uint8Array): Der {
  const fields = fieldsOf(field);
  const type = fields.next(tags.oid);
  onlyChild(fields.next(0xa0));
  return encode(tags.sequence, raw(type.octets), tagged(0, octetString(content)));
}
