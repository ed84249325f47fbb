import { createHash } from 'node:crypto';
import type { Certificate } from '../asn1/certificate.ts';
import {
  encode,
  integer,
  joinDer,
  octetString,
  oid,
  raw,
  sequence,
  setOf,
  tagged,
  time,
  type Der,
} from '../asn1/der.ts';
import { tags } from '../asn1/values.ts';
import { contentDigestOf, writeSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';
import { writeDigest } from './digest.ts';
import { oids } from './oids.ts';

/** What goes into the signed attributes of one signature. */
export type ToSign = {
  readonly certificate: Certificate;
  readonly algorithm: SignatureAlgorithm;
  readonly messageDigest: Uint8Array;
  /** Epoch ms. */
  readonly signingTime: number;
  /** DER of SMIMECapabilities. */
  readonly capabilities: Uint8Array;
};

/** The octets a signature is made over: the SET OF Attribute in DER. @source RFC 5652 §5.4, RFC 8551 §2.5 */
export function writeAttributes({ certificate, algorithm, ...what }: ToSign): Buffer {
  const certificateDigest = createHash('sha256').update(certificate.octets).digest();
  return joinDer(
    setOf([
      attribute(oids.contentType, oid(oids.data)),
      attribute(oids.messageDigest, octetString(what.messageDigest)),
      attribute(oids.signingTime, time(what.signingTime)),
      attribute(oids.capabilities, raw(what.capabilities)),
      attribute(oids.signingCertificateV2, sequence(sequence(sequence(octetString(certificateDigest))))),
      attribute(oids.algorithmProtection, protection(algorithm)),
    ]),
  );
}

const attribute = (type: string, value: Der): Der => sequence(oid(type), setOf([value]));

/** @source RFC 6211 §2 */
function protection(algorithm: SignatureAlgorithm): Der {
  const [header = Buffer.alloc(0), ...contents] = writeSignatureAlgorithm(algorithm);
  const implicit = Buffer.from(header);
  implicit[0] = 0xa1;
  return sequence(writeDigest(contentDigestOf(algorithm)), [implicit, ...contents]);
}

/** A SignerInfo. @param attributes as `writeAttributes` wrote them @source RFC 5652 §5.3 */
export function writeSignerInfo(
  { certificate, algorithm }: Pick<ToSign, 'certificate' | 'algorithm'>,
  attributes: Buffer,
  signature: Uint8Array,
): Der {
  const implicit = Buffer.from(attributes);
  implicit[0] = 0xa0;
  return sequence(
    integer(1),
    writeIssuerAndSerial(certificate),
    writeDigest(contentDigestOf(algorithm)),
    raw(implicit),
    writeSignatureAlgorithm(algorithm),
    octetString(signature),
  );
}

export const writeIssuerAndSerial = ({ issuer, serial }: Certificate): Der =>
  sequence(raw(issuer), encode(tags.integer, raw(serial)));

/** What a SignedData is put together from. */
export type SignedParts = {
  /** Null for a detached signature. */
  readonly content: Uint8Array | null;
  readonly certificates: readonly Uint8Array[];
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly signerInfos: readonly Der[];
};

/** A ContentInfo with SignedData. @source RFC 5652 §5.1 */
export function writeSignedData({ content, certificates, algorithms, signerInfos }: SignedParts): Buffer {
  const digests = new Map(algorithms.map(contentDigestOf).map((digest) => [digest, writeDigest(digest)]));
  const unique = new Map(certificates.map((octets) => [Buffer.from(octets).toString('latin1'), raw(octets)]));
  return writeContentInfo(
    oids.signedData,
    sequence(
      integer(1),
      setOf([...digests.values()]),
      sequence(oid(oids.data), ...(content ? [tagged(0, octetString(content))] : [])),
      setOf([...unique.values()], 0xa0),
      setOf(signerInfos),
    ),
  );
}

/** @source RFC 5652 §3 */
export const writeContentInfo = (type: string, content: Der): Buffer =>
  joinDer(sequence(oid(type), tagged(0, content)));
