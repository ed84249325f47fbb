import { childrenOf, readElement, type Element } from './element.ts';
import { Malformed } from './malformed.ts';
import { fieldsOf, onlyChild, readOctets, readOid, tags } from './values.ts';

/** What CMS needs of a certificate: who it names, and its key. Nothing here says that it can be trusted. */
export type Certificate = {
  /** All of it. */
  readonly octets: Buffer;
  /** DER of the issuer's Name. */
  readonly issuer: Buffer;
  /** The contents of the serial number, two's complement. */
  readonly serial: Buffer;
  /** From its extension; null without one. */
  readonly subjectKeyIdentifier: Buffer | null;
  /** DER of SubjectPublicKeyInfo, and of the AlgorithmIdentifier in it. */
  readonly publicKey: Buffer;
  readonly keyAlgorithm: Buffer;
  /** The object identifier of the latter. */
  readonly keyType: string;
};

const subjectKeyIdentifier = '2.5.29.14';

/** @throws Malformed @source RFC 5280 §4.1 */
export function readCertificate(octets: Uint8Array): Certificate {
  const element = readElement(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength));
  const [tbs] = childrenOf(element);
  if (!tbs) throw new Malformed('an empty certificate');
  const fields = fieldsOf(tbs);
  fields.optional(0xa0);
  const serial = fields.next(tags.integer).content;
  fields.next(tags.sequence);
  const issuer = fields.next(tags.sequence).octets;
  fields.next(tags.sequence);
  fields.next(tags.sequence);
  const publicKey = fields.next(tags.sequence);
  const algorithm = fieldsOf(publicKey).next(tags.sequence);
  fields.optional(0x81, 0xa1);
  fields.optional(0x82, 0xa2);
  const extensions = fields.optional(0xa3);
  return {
    octets: element.octets,
    issuer,
    serial,
    subjectKeyIdentifier: extensions && findKeyIdentifier(onlyChild(extensions)),
    publicKey: publicKey.octets,
    keyAlgorithm: algorithm.octets,
    keyType: readOid(fieldsOf(algorithm).next(tags.oid)),
  };
}

function findKeyIdentifier(extensions: Element): Buffer | null {
  for (const extension of childrenOf(extensions)) {
    const fields = fieldsOf(extension);
    if (readOid(fields.next(tags.oid)) !== subjectKeyIdentifier) continue;
    fields.optional(0x01);
    return readOctets(readElement(readOctets(fields.next(tags.octetString))));
  }
  return null;
}
