import { bufferOf, contentOf, headOf } from '../message/content.ts';
import type { Part } from '../message/part.ts';
import { cmsHead, readContentType } from './der.ts';
import { heavyFrom, work } from './heavy.ts';
import { encodeLines } from './mime/base64-lines.ts';
import { verifyDetached, verifyOpaque, type Verification } from './verify.ts';

/** What a MIME part is to S/MIME: octets of the signed part and the signature, or CMS that holds all of it. */
export type SignedEntity =
  | { readonly kind: 'clear'; readonly content: Uint8Array; readonly signature: Uint8Array }
  | { readonly kind: 'opaque'; readonly cms: Uint8Array };

const signatureTypes = new Set(['application/pkcs7-signature', 'application/x-pkcs7-signature']);

/**
 * Finds what to verify in a part: header and body of the first part, as they are between the delimiters, or all of an
 * application/pkcs7-mime.
 *
 * @param octets of the whole message
 * @returns null for a multipart/signed that is not S/MIME, or has not exactly two parts
 * @source RFC 1847 §2.1, RFC 8551 §3.5.3
 */
export function signedEntityOf(octets: Uint8Array, part: Part): SignedEntity | null {
  if (!part.type.startsWith('multipart/')) return { kind: 'opaque', cms: contentOf(octets, part) };
  const [content, signature, ...more] = part.parts;
  if (part.type !== 'multipart/signed' || !content || !signature || more.length > 0) return null;
  if (!signatureTypes.has(signature.type) && !holdsSignature(octets, signature)) return null;
  const entity = octets.subarray(content.header.from, content.body.to);
  return { kind: 'clear', content: entity, signature: contentOf(octets, signature) };
}

/** A signature by another name, or by none: gateways rename what they do not know (RFC 8551 §3.10). */
const holdsSignature = (octets: Uint8Array, part: Part): boolean =>
  readContentType(headOf(octets, part, cmsHead)) === 'signed';

/** The same, with large CMS decoded where it keeps nobody waiting. */
export async function openSignedEntity(octets: Uint8Array, part: Part): Promise<SignedEntity | null> {
  if (part.type.startsWith('multipart/')) return signedEntityOf(octets, part);
  return { kind: 'opaque', cms: await decodedBody(octets, part) };
}

/** The body of a part without its transfer encoding; a large one is decoded in a thread. */
export async function decodedBody(octets: Uint8Array, part: Part): Promise<Buffer> {
  const { from, to } = part.body;
  if (part.encoding !== 'base64' || to - from < heavyFrom) return contentOf(octets, part);
  return bufferOf((await work({ kind: 'decode', octets: octets.subarray(from, to) })).octets);
}

/** Verifies a part of a message. Never throws for what is in it. @param known further certificates in DER */
export async function verifyPart(
  octets: Uint8Array,
  part: Part,
  known: readonly Uint8Array[] = [],
): Promise<Verification> {
  const entity = await openSignedEntity(octets, part);
  return entity
    ? verifyEntity(entity, known)
    : { kind: 'malformed', reason: 'no S/MIME multipart/signed of two parts' };
}

/** Verifies what was found. Never throws for what is in it. @param known further certificates in DER */
export const verifyEntity = (entity: SignedEntity, known: readonly Uint8Array[]): Promise<Verification> =>
  entity.kind === 'opaque' ? verifyOpaque(entity.cms, known) : verifyDetached(entity.signature, entity.content, known);

/**
 * Writes a multipart/signed: Content-Type, an empty line, the parts.
 *
 * @param content header and body of the part that was signed; it is not touched
 * @param micalg as `signDetached` gave it
 * @param boundary a token that nobody can foresee, for instance 128 random bits in hex
 * @source RFC 1847 §2.1, RFC 8551 §3.5.3
 */
export function writeMultipartSigned(
  content: Uint8Array,
  { octets, micalg }: { readonly octets: Uint8Array; readonly micalg: string },
  boundary: string,
): Buffer {
  const algorithms = micalg.includes(',') ? `"${micalg}"` : micalg;
  return Buffer.concat([
    Buffer.from(
      'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n' +
        ` micalg=${algorithms}; boundary="${boundary}"\r\n\r\n--${boundary}\r\n`,
    ),
    content,
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\n` +
        'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="smime.p7s"\r\n\r\n',
    ),
    encodeLines(octets),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

/** The parameter `smime-type`, and the ending of the file name that goes with it. @source RFC 8551 §3.2.1–3.2.2 */
const endings = {
  'signed-data': 'p7m',
  'enveloped-data': 'p7m',
  'authEnveloped-data': 'p7m',
  'compressed-data': 'p7z',
} as const;

/** Writes an application/pkcs7-mime: its header, an empty line, the CMS in base64. @source RFC 8551 §3.2 */
export async function writePkcs7Mime(cms: Uint8Array, smimeType: keyof typeof endings): Promise<Buffer> {
  const name = `smime.${endings[smimeType]}`;
  return Buffer.concat([
    Buffer.from(
      `Content-Type: application/pkcs7-mime; smime-type=${smimeType}; name="${name}"\r\n` +
        `Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n`,
    ),
    (await work({ kind: 'encode', octets: cms })).octets,
  ]);
}
