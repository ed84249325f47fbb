import { bufferOf, contentOf, headOf, keptLimit } from '../message/content.ts';
import { fileName } from '../message/data.ts';
import { charsetOf, type Part } from '../message/part.ts';
import { cmsHead, readContentType } from './der.ts';
import { findArmor, mayHoldArmor } from './pgp.ts';

/** Cryptography of one part, and what it was recognised by. */
export type Finding = { readonly protection: 'signed' | 'encrypted' | 'unknown-crypto'; readonly what: string };

const cmsTypes = new Set(['application/pkcs7-mime', 'application/x-pkcs7-mime']);
const signatureTypes = new Set(['application/pkcs7-signature', 'application/x-pkcs7-signature']);
/** Types that mean octets of any kind: a name or the data itself decides. */
const certificates = new Set(['application/x-pkcs7-certificates', 'application/pkix-cert', 'application/pkcs10']);
const suspects = [
  'application/pkcs7-',
  'application/x-pkcs7-',
  'application/pgp-',
  'multipart/signed',
  'multipart/encrypted',
];

/**
 * Recognises signed and encrypted content by structure and content type, not by what names and parameters claim.
 *
 * @param octets of the whole message
 * @returns null when the part itself has none; its own parts are not looked at
 * @source RFC 8551 §3, RFC 1847, RFC 3156
 */
export function classifyPart(octets: Uint8Array, part: Part): Finding | null {
  const { type } = part;
  if (type.startsWith('multipart/')) return classifyMultipart(octets, part);
  if (part.ambiguous && mentions(bufferOf(octets).subarray(part.header.from, part.header.to)))
    return unknown('a part that says twice what it is');
  if (cmsTypes.has(type)) return classifyCms(octets, part, type);
  if (signatureTypes.has(type)) return classifySignature(octets, part);
  if (type === 'application/pgp-encrypted') return { protection: 'encrypted', what: 'PGP/MIME' };
  if (type === 'application/pgp-signature') return { protection: 'signed', what: 'PGP/MIME signature' };
  if (type.startsWith('text/')) return classifyText(octets, part);
  return type.startsWith('application/') && !certificates.has(type) ? classifyData(octets, part) : null;
}

const unknown = (what: string): Finding => ({ protection: 'unknown-crypto', what });

function classifyMultipart(octets: Uint8Array, part: Part): Finding | null {
  const { type, contentType, parts } = part;
  const protocol = contentType.parameters.get('protocol')?.toLowerCase() ?? '';
  const kind = protocol.includes('pgp') ? 'PGP/MIME' : protocol.includes('pkcs7') ? 'S/MIME' : 'protected';
  if (type === 'multipart/encrypted') return { protection: 'encrypted', what: `${kind} multipart/encrypted` };
  if (type === 'multipart/signed')
    return parts.length === 2
      ? { protection: 'signed', what: `${kind} multipart/signed` }
      : unknown('a damaged multipart/signed');
  if (part.ambiguous && mentions(bufferOf(octets).subarray(part.header.from, part.header.to)))
    return unknown('a multipart that says twice what it is');
  const isSplit = parts.length > 0;
  return !isSplit && mentions(bufferOf(octets).subarray(part.body.from, part.body.to))
    ? unknown('a multipart that cannot be split')
    : null;
}

function classifyCms(octets: Uint8Array, part: Part, what: string): Finding {
  const content = peek(octets, part);
  if (content === 'signed') return { protection: 'signed', what: `S/MIME signed-data in ${what}` };
  if (content === 'encrypted') return { protection: 'encrypted', what: `S/MIME enveloped-data in ${what}` };
  return unknown(`${content === null ? 'unreadable' : 'other'} CMS in ${what}`);
}

function classifySignature(octets: Uint8Array, part: Part): Finding {
  const isCms = peek(octets, part) === 'signed';
  return isCms ? { protection: 'signed', what: 'S/MIME signature' } : unknown('an unreadable S/MIME signature');
}

/** Looks through the transfer encoding named, and through base64 nobody named. */
function peek(octets: Uint8Array, part: Part): ReturnType<typeof readContentType> {
  const head = headOf(octets, part, cmsHead * 4);
  return readContentType(head) ?? readContentType(Buffer.from(head.toString('latin1').trimStart(), 'base64'));
}

function classifyText(octets: Uint8Array, part: Part): Finding | null {
  if (part.encoding === 'quoted-printable') {
    const raw = bufferOf(octets).subarray(part.body.from, part.body.to);
    if (raw.length > keptLimit && !mayHoldArmor(raw)) return null;
  }
  const content = contentOf(octets, part);
  const isWide = charsetOf(part)?.startsWith('utf-16') || charsetOf(part)?.startsWith('utf-32');
  const armor = findArmor(isWide ? Buffer.from(content.filter((code) => code !== 0)) : content);
  return armor && { protection: armor, what: `inline PGP ${armor}` };
}

/** Octets of any kind: CMS by its content type or its name, OpenPGP by its armor. */
function classifyData(octets: Uint8Array, part: Part): Finding | null {
  const named = /\.p7[msz]$/i.test(fileName(part)?.trimEnd() ?? '');
  if (named || peek(octets, part) !== null) return classifyCms(octets, part, part.type);
  const armor = findArmor(headOf(octets, part, 256));
  return armor && { protection: armor, what: 'OpenPGP data' };
}

/** Whether octets that could not be read as MIME speak of signed or encrypted content. */
function mentions(octets: Buffer): boolean {
  const text = octets.toString('latin1').toLowerCase();
  return suspects.some((suspect) => text.includes(suspect));
}
