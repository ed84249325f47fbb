import type { Certificate } from '../asn1/certificate.ts';
import { childrenOf, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { fieldsOf, readOctets, readOid, tags } from '../asn1/values.ts';
import { readAlgorithm } from './algorithm.ts';
import type { SignedAttributes } from './attributes.ts';
import { createDigest, readDigest, type Digest } from './digest.ts';
import type { SignerInfo } from './signed-data.ts';

/**
 * Holds a signature to what its attributes bind it to: the algorithms (RFC 6211) and the certificate (RFC 5035 §5.4).
 *
 * @throws Malformed when it differs
 */
export function checkBindings(signer: SignerInfo, attributes: SignedAttributes | null, certificate: Certificate): void {
  if (attributes?.algorithmProtection) checkAlgorithms(signer, attributes.algorithmProtection);
  if (attributes?.signingCertificate) checkCertificate(attributes.signingCertificate, certificate);
}

function checkAlgorithms(signer: SignerInfo, protection: Element): void {
  const fields = fieldsOf(protection);
  const digest = readAlgorithm(fields.next(tags.sequence)).oid;
  const signature = readOid(fieldsOf(fields.next(0xa1), 0xa1).next(tags.oid));
  if (digest !== signer.digestAlgorithm.oid || signature !== signer.signatureAlgorithm.oid)
    throw new Malformed('other algorithms than the signed attributes name');
}

function checkCertificate(
  { value, version }: NonNullable<SignedAttributes['signingCertificate']>,
  signer: Certificate,
): void {
  const [first] = childrenOf(fieldsOf(value).next(tags.sequence));
  if (!first) throw new Malformed('a signing-certificate attribute without certificate');
  const fields = fieldsOf(first);
  const algorithm = fields.optional(tags.sequence);
  const usual: Digest = version === 1 ? 'sha1' : 'sha256';
  const digest = algorithm ? readDigest(readAlgorithm(algorithm)) : usual;
  if (digest === null) throw new Malformed('a signing-certificate attribute with a digest that is not supported');
  const wanted = readOctets(fields.next(tags.octetString));
  if (!createDigest(digest).update(signer.octets).digest().equals(wanted))
    throw new Malformed('another certificate than the signed attributes name');
}
