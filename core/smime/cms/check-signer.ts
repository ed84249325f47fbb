import type { Certificate } from '../asn1/certificate.ts';
import { Malformed } from '../asn1/malformed.ts';
import { readSignedAttributes, type EssAttribute, type SignedAttributes } from './attributes.ts';
import { checkBindings } from './bindings.ts';
import type { Content, Form } from './content.ts';
import { isWeakDigest, readDigest, type Digest } from './digest.ts';
import { identifies } from './identify.ts';
import { publicKeyOf } from './public-key.ts';
import { fitsKey, readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';
import type { SignatureScheme } from './signature-scheme.ts';
import { checkAttributes, checkBare } from './signature.ts';
import type { CertificateId, SignedData, SignerInfo } from './signed-data.ts';

/**
 * `valid` the octets are what the key of the certificate signed; whether to trust the certificate is another question
 * · `weak` the same, with an algorithm or key that proves nothing any more · `invalid` they are not, or rules are
 * broken · `unknown` it cannot be told: no certificate, or nothing here knows the algorithm
 */
export type Verdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'weak' | 'invalid' | 'unknown'; readonly reason: string };

/** What one signature is worth, and what it says. Claims count only when the verdict is `valid`. */
export type SignerResult = {
  readonly verdict: Verdict;
  readonly id: CertificateId;
  /** DER of the signer's certificate, from the message or from those given; null when it is in neither. */
  readonly certificate: Uint8Array | null;
  readonly digest: Digest | null;
  readonly signature: SignatureScheme | null;
  /** The form of the content that was signed; null when none was. */
  readonly form: Form | null;
  /** Epoch ms, as the signer claims. */
  readonly signingTime: number | null;
  /** Attributes that forbid that somebody else signs in the signer's place. */
  readonly ess: readonly EssAttribute[];
  /** DER of SMIMECapabilities. */
  readonly capabilities: Uint8Array | null;
};

/** Shorter RSA keys are `weak`. @source RFC 8551 §4.3 */
const rsaLimit = 1024;

type Signed = Pick<SignedData, 'contentType'> & { readonly content: Content };

/** Checks one signature. Never throws for what is in it. */
export async function checkSigner(
  signer: SignerInfo,
  signed: Signed,
  certificates: readonly Certificate[],
): Promise<SignerResult> {
  const certificate = certificates.find((one) => identifies(signer.id, one)) ?? null;
  const digest = readDigest(signer.digestAlgorithm);
  const claims = await attempt(() => (signer.signedAttributes ? readSignedAttributes(signer.signedAttributes) : null));
  const algorithm = await attempt(() => (digest ? readSignatureAlgorithm(signer.signatureAlgorithm, digest) : null));
  const broken = [claims, algorithm].find((read) => read instanceof Malformed);
  const attributes = claims instanceof Malformed ? null : claims;
  const result = {
    id: signer.id,
    certificate: certificate?.octets ?? null,
    digest,
    signature: algorithm instanceof Malformed ? null : (algorithm?.scheme ?? null),
    signingTime: attributes?.signingTime ?? null,
    ess: attributes?.ess ?? [],
    capabilities: attributes?.capabilities ?? null,
  };
  if (broken instanceof Malformed)
    return { ...result, form: null, verdict: { kind: 'invalid', reason: broken.message } };
  if (!digest || !algorithm || algorithm instanceof Malformed) {
    const { oid } = digest ? signer.signatureAlgorithm : signer.digestAlgorithm;
    return { ...result, form: null, verdict: { kind: 'unknown', reason: `algorithm ${oid} is not supported` } };
  }
  return { ...result, ...(await check({ signer, signed, certificate, digest, algorithm, attributes })) };
}

async function attempt<T>(read: () => T | Promise<T>): Promise<T | Malformed> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Malformed) return error;
    throw error;
  }
}

type Check = {
  readonly signer: SignerInfo;
  readonly signed: Signed;
  readonly certificate: Certificate | null;
  readonly digest: Digest;
  readonly algorithm: SignatureAlgorithm;
  readonly attributes: SignedAttributes | null;
};
type Outcome = { readonly verdict: Verdict; readonly form: Form | null };

const failed = (kind: 'invalid' | 'unknown', reason: string): Outcome => ({ verdict: { kind, reason }, form: null });

async function check(what: Check): Promise<Outcome> {
  const { signer, signed, certificate, digest, algorithm, attributes } = what;
  if (!certificate) return failed('unknown', 'the certificate of the signer is not known');
  const key = publicKeyOf(certificate);
  if (!key) return failed('unknown', 'the key of the signer cannot be read');
  if (!fitsKey(algorithm, key)) return failed('invalid', 'the signature is not of the kind the key makes');
  const bound = await attempt(() => checkBindings(signer, attributes, certificate));
  if (bound instanceof Malformed) return failed('invalid', bound.message);
  const found = await attempt(() =>
    attributes && signer.signedAttributes
      ? checkAttributes({ ...signed, digest, algorithm, key }, signer, attributes)
      : checkBare({ ...signed, digest, algorithm, key }, signer),
  );
  if (found instanceof Malformed) return failed('invalid', found.message);
  const weakness = weaknessOf(what);
  return { form: found, verdict: weakness === null ? { kind: 'valid' } : { kind: 'weak', reason: weakness } };
}

/** An RSA signature is as long as its key. */
function weaknessOf({ digest, algorithm, signer }: Check): string | null {
  if (isWeakDigest(digest)) return `the digest is ${digest}`;
  const length = signer.signature.length * 8;
  return algorithm.scheme.startsWith('rsa') && length < rsaLimit ? `an RSA key of ${length} bits` : null;
}
