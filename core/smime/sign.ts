import type { Der } from './asn1/der.ts';
import { ownCapabilities } from './cms/capabilities.ts';
import { openContent } from './cms/content.ts';
import type { Digest } from './cms/digest.ts';
import { readCertificates } from './cms/identify.ts';
import type { OctetSource } from './cms/octet-source.ts';
import { publicKeyOf } from './cms/public-key.ts';
import { contentDigestOf, signatureAlgorithmFor, type SignatureAlgorithm } from './cms/signature-algorithm.ts';
import { writeAttributes, writeSignedData, writeSignerInfo } from './cms/write-signed.ts';
import type { UsePrivateKey } from './private-key.ts';

/** Who signs, and how. */
export type Signer = {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly use: UsePrivateKey;
  /** For an RSA key without a choice of its own; default `pkcs1`, which every reader knows. */
  readonly padding?: 'pkcs1' | 'pss';
};

/** How content is signed. */
export type Signing = {
  /** At least one; each makes a signature. */
  readonly signers: readonly Signer[];
  /** Certificates in DER that help others to build a path; the signers' own are always added. */
  readonly chain: readonly Uint8Array[];
  /** Epoch ms. */
  readonly signingTime: number;
  /** DER of SMIMECapabilities to carry over; what this engine can do when not given. */
  readonly capabilities?: Uint8Array;
};

/** A signature, and the value of the parameter `micalg` that goes with it (RFC 8551 §3.5.3.2). */
export type Signed = { readonly kind: 'signed'; readonly octets: Buffer; readonly micalg: string };

/** What cannot be signed with, in words for the operator. */
export type SignProblem = { readonly kind: 'problem'; readonly reason: string };

/**
 * Signs content that stays outside: the signature of a multipart/signed. Memory does not grow with the content.
 *
 * @param content in the canonical form it is sent in (RFC 8551 §3.1.1)
 * @returns a ContentInfo in DER
 */
export function signDetached(content: OctetSource, signing: Signing): Promise<Signed | SignProblem> {
  return sign(content, null, signing);
}

/** Signs content that goes inside: the body of an application/pkcs7-mime. @returns a ContentInfo in DER */
export function signOpaque(content: Uint8Array, signing: Signing): Promise<Signed | SignProblem> {
  return sign(content, content, signing);
}

async function sign(source: OctetSource, inside: Uint8Array | null, signing: Signing): Promise<Signed | SignProblem> {
  const content = openContent(source);
  const signerInfos: Der[] = [];
  const algorithms: SignatureAlgorithm[] = [];
  for (const { certificate: given, use, padding } of signing.signers) {
    const [certificate] = readCertificates([given]);
    const key = certificate && publicKeyOf(certificate);
    const algorithm = key && signatureAlgorithmFor(key, padding);
    if (!certificate || !algorithm)
      return { kind: 'problem', reason: 'the certificate or its key is of no kind that signs mail' };
    const messageDigest = await content.digest(contentDigestOf(algorithm), 'raw');
    const { signingTime, capabilities = ownCapabilities } = signing;
    const attributes = writeAttributes({ certificate, algorithm, messageDigest, signingTime, capabilities });
    const signature = await use({ kind: 'sign', algorithm, octets: attributes });
    signerInfos.push(writeSignerInfo({ certificate, algorithm }, attributes, signature));
    algorithms.push(algorithm);
  }
  const certificates = [...signing.signers.map(({ certificate }) => certificate), ...signing.chain];
  const octets = writeSignedData({ content: inside, certificates, algorithms, signerInfos });
  return { kind: 'signed', octets, micalg: micalgOf(algorithms.map(contentDigestOf)) };
}

/** @source RFC 8551 §3.5.3.2 */
function micalgOf(digests: readonly Digest[]): string {
  return [...new Set(digests)].map((digest) => digest.replace(/^sha(?=\d{3})/, 'sha-')).join(',');
}
