import { Malformed } from './asn1/malformed.ts';
import { checkSigner, type SignerResult } from './cms/check-signer.ts';
import { openContent } from './cms/content.ts';
import { createCanonicalText } from './cms/canonical-text.ts';
import { readCertificates } from './cms/identify.ts';
import { piecesOf, readSource, type OctetSource } from './cms/octet-source.ts';
import { readSignedData, type SignedData } from './cms/signed-data.ts';

export type { SignerResult } from './cms/check-signer.ts';

/** What signed data is worth. Certificates are those in the message, to build paths with; nothing vouches for them. */
export type Verification =
  | { readonly kind: 'malformed'; readonly reason: string }
  | ({ readonly kind: 'certificates-only' } & Carried)
  | ({
      readonly kind: 'signed';
      /** At least one, in the order of the message; each is worth what its own verdict says. */
      readonly signers: readonly SignerResult[];
      /** What an opaque signature contains, whether it verifies or not; null for a detached one. */
      readonly content: Uint8Array | null;
    } & Carried);

type Carried = {
  /** DER, as many as there are. */
  readonly certificates: readonly Uint8Array[];
  readonly revocationLists: readonly Uint8Array[];
};

/**
 * Verifies a detached signature over exactly the octets given: as they are, then with CRLF line ends, in no other
 * form. Content inside the signature is never looked at in their place; when it differs from them, no signer is valid.
 * Never throws for what is in `signature` or `content`; memory does not grow with the content.
 *
 * @param signature a ContentInfo in BER or DER
 * @param content the first part of a multipart/signed, header and body (RFC 1847 §2.1)
 * @param known further certificates in DER that signers may mean
 * @source RFC 5652 §5.4–5.6, RFC 8551 §3.5.3
 */
export function verifyDetached(
  signature: Uint8Array,
  content: OctetSource,
  known: readonly Uint8Array[] = [],
): Promise<Verification> {
  return guard(async () => {
    const data = readSignedData(signature);
    const isOther = data.content !== null && !(await isSameText(data.content, content));
    const verification = await verify({ ...data, content: null }, content, known);
    return isOther ? refuse(verification, 'the signature contains other content than was given') : verification;
  });
}

/**
 * Verifies signed data that contains its content. Never throws for what is in it.
 *
 * @param octets a ContentInfo in BER or DER
 * @param known further certificates in DER that signers may mean
 * @source RFC 5652 §5.4–5.6, RFC 8551 §3.5.2
 */
export function verifyOpaque(octets: Uint8Array, known: readonly Uint8Array[] = []): Promise<Verification> {
  return guard(async () => {
    const data = readSignedData(octets);
    if (data.content === null && data.signers.length > 0)
      return { kind: 'malformed', reason: 'a signature without content' };
    return verify(data, data.content ?? Buffer.alloc(0), known);
  });
}

async function guard(work: () => Promise<Verification>): Promise<Verification> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', reason: error.message };
    throw error;
  }
}

async function verify(data: SignedData, source: OctetSource, known: readonly Uint8Array[]): Promise<Verification> {
  const carried: Carried = { certificates: data.certificates, revocationLists: data.revocationLists };
  if (data.signers.length === 0) return { kind: 'certificates-only', ...carried };
  const content = openContent(source);
  const certificates = readCertificates([...data.certificates, ...known]);
  const signers: SignerResult[] = [];
  for (const signer of data.signers)
    signers.push(await checkSigner(signer, { contentType: data.contentType, content }, certificates));
  return { kind: 'signed', signers, content: data.content, ...carried };
}

function refuse(verification: Verification, reason: string): Verification {
  if (verification.kind !== 'signed') return verification;
  const verdict = { kind: 'invalid', reason } as const;
  return { ...verification, signers: verification.signers.map((signer) => ({ ...signer, form: null, verdict })) };
}

/** Whether two contents are the same text, whatever their line ends. */
async function isSameText(inside: Buffer, content: OctetSource): Promise<boolean> {
  const [one, other] = [createCanonicalText(), createCanonicalText()];
  const expected = Buffer.concat(
    [...piecesOf(inside)].flatMap((piece) => [...one(piece)].map((it) => Buffer.from(it))),
  );
  let at = 0;
  for await (const piece of readSource(content))
    for (const text of other(piece)) {
      if (!expected.subarray(at, at + text.length).equals(text)) return false;
      at += text.length;
    }
  return at === expected.length;
}
