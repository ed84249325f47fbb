import { createVerify, verify, type KeyObject } from 'node:crypto';
import { reencode, reencodeAttributes } from '../asn1/canonical.ts';
import { joinDer } from '../asn1/der.ts';
import { readElement, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { tags } from '../asn1/values.ts';
import { readSignedAttributes, type SignedAttributes } from './attributes.ts';
import { forms, type Content, type Form } from './content.ts';
import type { Digest } from './digest.ts';
import { oids } from './oids.ts';
import { keyInput, type SignatureAlgorithm } from './signature-algorithm.ts';
import type { SignerInfo } from './signed-data.ts';

/** A signature's content and the means to check it. */
export type Checked = {
  readonly contentType: string;
  readonly content: Content;
  readonly digest: Digest;
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
};

/**
 * A signature over signed attributes, which hold the digest of the content.
 *
 * @returns the form of the content that was signed
 * @throws Malformed when it does not verify, with the reason
 * @source RFC 5652 §5.4, §5.6
 */
export async function checkAttributes(
  checked: Checked,
  signer: SignerInfo,
  attributes: SignedAttributes,
): Promise<Form> {
  if (attributes.contentType !== checked.contentType) throw new Malformed('another content type than was signed');
  const form = await findForm(checked, attributes.messageDigest);
  if (!form) throw new Malformed('the content is not what was signed');
  if (!signer.signedAttributes || !verifyAttributes(checked, signer.signedAttributes, signer.signature))
    throw new Malformed('the signature does not verify');
  return form;
}

async function findForm({ content, digest }: Checked, wanted: Buffer): Promise<Form | null> {
  for (const form of forms) {
    const found = await content.digest(digest, form);
    if (found.equals(wanted)) return form;
  }
  return null;
}

/** QUIRK: pkijs and old mailers sign attributes in the order they wrote them, not in that of DER; OpenSSL accepts both. */
function verifyAttributes(checked: Checked, attributes: Element, signature: Buffer): boolean {
  const sorted = reencodeAttributes(attributes);
  if (verifyOctets(checked, sorted, signature)) return true;
  const received = joinDer(reencode(attributes, tags.set));
  return !received.equals(sorted) && verifyOctets(checked, received, signature);
}

function verifyOctets({ algorithm, key }: Checked, octets: Uint8Array, signature: Buffer): boolean {
  try {
    return verify(algorithm.digest, octets, keyInput(algorithm, key), signature);
  } catch {
    return false; // a signature or key OpenSSL will not look at
  }
}

/**
 * A signature over the content itself, without signed attributes.
 *
 * @returns the form of the content that was signed
 * @throws Malformed when it does not verify, with the reason
 * @source RFC 5652 §5.3 (only id-data may be signed so), §5.4
 */
export async function checkBare(checked: Checked, signer: SignerInfo): Promise<Form> {
  if (checked.contentType !== oids.data) throw new Malformed('no signed attributes, and the content is not data');
  if (await looksSigned(checked.content))
    throw new Malformed('the content is the signed attributes of another signature');
  for (const form of forms) if (await verifyContent(checked, form, signer.signature)) return form;
  throw new Malformed('the signature does not verify');
}

/** LIMIT: EdDSA needs the content twice, so all of it is held in memory (RFC 8032 §5.1.6). */
async function verifyContent(checked: Checked, form: Form, signature: Buffer): Promise<boolean> {
  const { algorithm, key, content } = checked;
  if (algorithm.digest === null) return verifyOctets(checked, await collect(content.pieces(form)), signature);
  const verifier = createVerify(algorithm.digest);
  for await (const piece of content.pieces(form)) verifier.update(piece);
  try {
    return verifier.verify(keyInput(algorithm, key), signature);
  } catch {
    return false;
  }
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

/**
 * Whether content is a set of signed attributes: their signature, without them, would verify over it (the confusion
 * RFC 5652 leaves open between signatures with and without attributes).
 */
async function looksSigned(content: Content): Promise<boolean> {
  for await (const piece of content.pieces('raw')) {
    if (piece[0] !== tags.set) return false;
    try {
      readSignedAttributes(readElement(Buffer.from(piece)));
      return true;
    } catch (error) {
      if (error instanceof Malformed) return false;
      throw error;
    }
  }
  return false;
}
