import { createCipheriv } from 'node:crypto';
import { bufferOf } from '../../message/content.ts';
import { createCanonicalText } from '../cms/canonical-text.ts';
import { createDigest, type Digest } from '../cms/digest.ts';
import { encodeLines } from '../mime/base64-lines.ts';

/** What takes long for large octets, and needs nothing but them. */
export type Work =
  | { readonly kind: 'digest'; readonly octets: Uint8Array; readonly digest: Digest; readonly form: 'raw' | 'crlf' }
  | { readonly kind: 'encode' | 'decode'; readonly octets: Uint8Array }
  | ({ readonly kind: 'encipher'; readonly octets: Uint8Array } & Ciphering);

/** A content key that is used once, and what goes with it. */
export type Ciphering = {
  readonly cipher: 'aes-128-cbc' | 'aes-256-cbc' | 'aes-128-gcm' | 'aes-256-gcm';
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
};

/** Base64 as it comes: white space and foreign characters are passed over. */
const decodeBase64 = (octets: Buffer): Buffer => Buffer.from(octets.toString('latin1'), 'base64');

/** `tag` is that of GCM; empty without. */
export type Worked = { readonly octets: Uint8Array; readonly tag: Uint8Array };

/** Octets of a tag of GCM (RFC 5084 §3.2). */
export const tagLength = 16;
const none = new Uint8Array(0);

/** Does it here and now. */
export function doWork(work: Work): Worked {
  if (work.kind === 'encipher') return encipher(work, work.octets);
  if (work.kind === 'digest') return { octets: digestOf(work), tag: none };
  const convert = work.kind === 'encode' ? encodeLines : decodeBase64;
  return { octets: convert(bufferOf(work.octets)), tag: none };
}

function digestOf({ octets, digest, form }: Extract<Work, { readonly kind: 'digest' }>): Buffer {
  const hash = createDigest(digest);
  const pieces = form === 'raw' ? [octets] : createCanonicalText()(octets);
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

function encipher({ cipher, key, nonce }: Ciphering, content: Uint8Array): Worked {
  if (cipher === 'aes-128-gcm' || cipher === 'aes-256-gcm') {
    const gcm = createCipheriv(cipher, key, nonce, { authTagLength: tagLength });
    const octets = Buffer.concat([gcm.update(content), gcm.final()]);
    return { octets, tag: gcm.getAuthTag() };
  }
  const cbc = createCipheriv(cipher, key, nonce);
  return { octets: Buffer.concat([cbc.update(content), cbc.final()]), tag: none };
}
