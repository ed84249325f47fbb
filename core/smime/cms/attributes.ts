import { childrenOf, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { fieldsOf, readOctets, readOid, readTime, tags } from '../asn1/values.ts';
import { oids } from './oids.ts';

/** What signed attributes say. */
export type SignedAttributes = {
  readonly contentType: string;
  readonly messageDigest: Buffer;
  /** Epoch ms; null when not given or unreadable. The signer says so, nobody else. */
  readonly signingTime: number | null;
  /** ESS attributes that forbid that somebody else signs in place of the signer (RFC 2634). */
  readonly ess: readonly EssAttribute[];
  /** DER of SMIMECapabilities (RFC 8551 §2.5.2). */
  readonly capabilities: Buffer | null;
  /** A CMSAlgorithmProtection (RFC 6211). */
  readonly algorithmProtection: Element | null;
  /** A SigningCertificate or SigningCertificateV2 (RFC 5035), with the digest it has by default. */
  readonly signingCertificate: { readonly value: Element; readonly version: 1 | 2 } | null;
};

export type EssAttribute = 'receipt-request' | 'security-label' | 'equivalent-labels' | 'ml-expansion';

const essAttributes = new Map<string, EssAttribute>([
  ['1.2.840.113549.1.9.16.2.1', 'receipt-request'],
  ['1.2.840.113549.1.9.16.2.2', 'security-label'],
  ['1.2.840.113549.1.9.16.2.9', 'equivalent-labels'],
  ['1.2.840.113549.1.9.16.2.3', 'ml-expansion'],
]);
const signingCertificate = '1.2.840.113549.1.9.16.2.12';
const countersignature = '1.2.840.113549.1.9.6';

/** Attributes that must have exactly one value, and occur once (RFC 5652 §11, RFC 6211 §2, RFC 5035 §5.4). */
const single = new Set<string>([
  oids.contentType,
  oids.messageDigest,
  oids.signingTime,
  oids.capabilities,
  oids.algorithmProtection,
  oids.signingCertificateV2,
  signingCertificate,
]);

/**
 * Reads signed attributes by their rules.
 *
 * @throws Malformed when contentType or messageDigest is missing, or an attribute occurs twice that must not
 * @source RFC 5652 §5.3, §11
 */
export function readSignedAttributes(element: Element): SignedAttributes {
  const values = new Map<string, Element>();
  const ess: EssAttribute[] = [];
  for (const attribute of childrenOf(element)) {
    const { type, value } = readAttribute(attribute);
    if (type === countersignature) throw new Malformed('a countersignature among the signed attributes');
    if (values.has(type) && single.has(type)) throw new Malformed('a signed attribute that occurs twice');
    const found = essAttributes.get(type);
    if (found) ess.push(found);
    if (value) values.set(type, value);
  }
  const contentType = values.get(oids.contentType);
  const messageDigest = values.get(oids.messageDigest);
  if (!contentType) throw new Malformed('no contentType among the signed attributes');
  if (!messageDigest) throw new Malformed('no messageDigest among the signed attributes');
  const time = values.get(oids.signingTime);
  const v1 = values.get(signingCertificate);
  const v2 = values.get(oids.signingCertificateV2);
  return {
    contentType: readOid(contentType),
    messageDigest: readOctets(messageDigest),
    signingTime: time ? readTime(time) : null,
    ess,
    capabilities: values.get(oids.capabilities)?.octets ?? null,
    algorithmProtection: values.get(oids.algorithmProtection) ?? null,
    signingCertificate: v2 ? { value: v2, version: 2 } : v1 ? { value: v1, version: 1 } : null,
  };
}

function readAttribute(element: Element): { readonly type: string; readonly value: Element | null } {
  const fields = fieldsOf(element);
  const type = readOid(fields.next(tags.oid));
  const [value = null, ...more] = childrenOf(fields.next(tags.set));
  if (single.has(type) && (value === null || more.length > 0))
    throw new Malformed('a signed attribute without exactly one value');
  return { type, value };
}
