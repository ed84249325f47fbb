import { reencode } from '../asn1/canonical.ts';
import { joinDer } from '../asn1/der.ts';
import { readElement, childrenOf, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { fieldsOf, onlyChild, readCount, readOctets, readOid, tags } from '../asn1/values.ts';
import { readAlgorithm, type Algorithm } from './algorithm.ts';
import { oids } from './oids.ts';

/** A SignedData, taken apart and not believed. @source RFC 5652 §5.1 */
export type SignedData = {
  readonly contentType: string;
  /** Null in a detached signature. */
  readonly content: Buffer | null;
  /** X.509 certificates in DER; other kinds are passed over. */
  readonly certificates: readonly Buffer[];
  readonly revocationLists: readonly Buffer[];
  readonly signers: readonly SignerInfo[];
};

/** By whom something is, or for whom. */
export type CertificateId =
  | { readonly kind: 'issuer-and-serial'; readonly issuer: Buffer; readonly serial: Buffer }
  | { readonly kind: 'key-identifier'; readonly keyIdentifier: Buffer };

/** One signature. @source RFC 5652 §5.3 */
export type SignerInfo = {
  readonly id: CertificateId;
  readonly digestAlgorithm: Algorithm;
  /** The SET OF Attribute under its implicit tag; null when there are none. */
  readonly signedAttributes: Element | null;
  readonly signatureAlgorithm: Algorithm;
  readonly signature: Buffer;
};

const signerLimit = 64;
const certificateLimit = 1000;

/** The contents of a ContentInfo. @throws Malformed when it is none, or of another type @source RFC 5652 §3 */
export function readContentInfo(octets: Uint8Array, type: string): Element {
  const fields = fieldsOf(readElement(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)));
  if (readOid(fields.next(tags.oid)) !== type) throw new Malformed('another type of content');
  return onlyChild(fields.next(0xa0));
}

/** @param octets a ContentInfo; what follows it is ignored @throws Malformed */
export function readSignedData(octets: Uint8Array): SignedData {
  const fields = fieldsOf(readContentInfo(octets, oids.signedData));
  readCount(fields.next(tags.integer));
  fields.next(tags.set);
  const { contentType, content } = readEncapsulated(fields.next(tags.sequence));
  const certificates = fields.optional(0xa0);
  const revocation = fields.optional(0xa1);
  const signers = childrenOf(fields.next(tags.set));
  if (signers.length > signerLimit) throw new Malformed('too many signers');
  return {
    contentType,
    content,
    certificates: certificates ? sequencesIn(certificates) : [],
    revocationLists: revocation ? sequencesIn(revocation) : [],
    signers: signers.map(readSignerInfo),
  };
}

/** @source RFC 5652 §5.2 @throws Malformed */
export function readEncapsulated(element: Element): { readonly contentType: string; readonly content: Buffer | null } {
  const fields = fieldsOf(element);
  const contentType = readOid(fields.next(tags.oid));
  const content = fields.optional(0xa0);
  return { contentType, content: content && readOctets(onlyChild(content)) };
}

function sequencesIn(set: Element): readonly Buffer[] {
  const children = childrenOf(set);
  if (children.length > certificateLimit) throw new Malformed('too many certificates');
  return children.filter(({ tag }) => tag === tags.sequence).map(({ octets }) => octets);
}

function readSignerInfo(element: Element): SignerInfo {
  const fields = fieldsOf(element);
  readCount(fields.next(tags.integer));
  const issuerAndSerial = fields.optional(tags.sequence);
  return {
    id: issuerAndSerial
      ? readIssuerAndSerial(issuerAndSerial)
      : { kind: 'key-identifier', keyIdentifier: fields.next(0x80).content },
    digestAlgorithm: readAlgorithm(fields.next(tags.sequence)),
    signedAttributes: fields.optional(0xa0),
    signatureAlgorithm: readAlgorithm(fields.next(tags.sequence)),
    signature: readOctets(fields.next(tags.octetString)),
  };
}

/** @throws Malformed */
export function readIssuerAndSerial(element: Element): CertificateId {
  const fields = fieldsOf(element);
  const issuer = joinDer(reencode(fields.next(tags.sequence)));
  return { kind: 'issuer-and-serial', issuer, serial: fields.next(tags.integer).content };
}
