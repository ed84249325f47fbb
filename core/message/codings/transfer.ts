import { encodeBase64 } from '../base64.ts';
import { cutBase64, decodeBase64 } from './base64.ts';
import { decodeQuotedPrintable, encodeQuotedPrintable, type Content } from './quoted-printable.ts';

export type { Content } from './quoted-printable.ts';

/** Content-Transfer-Encodings a body can be read and edited in (RFC 2045 §6). */
export type Transfer = '7bit' | '8bit' | 'binary' | 'quoted-printable' | 'base64';

const transfers: readonly string[] = ['7bit', '8bit', 'binary', 'quoted-printable', 'base64'] satisfies Transfer[];

/** @param name in lower case */
export const isTransfer = (name: string): name is Transfer => transfers.includes(name);

/** Decodes a body; under an identity encoding the octets are the very same, not a copy. */
export function decodeTransfer(raw: Buffer, transfer: Transfer): Content {
  if (transfer === 'quoted-printable') return decodeQuotedPrintable(raw);
  if (transfer !== 'base64') return { octets: raw, rawOffset: (offset) => offset };
  return { octets: decodeBase64(raw), rawOffset: (offset) => cutBase64(raw, offset)?.at ?? raw.length };
}

/** A change of an encoded body: `removed` octets at `at` give way to `octets`. */
export type Splice = { readonly at: number; readonly removed: number; readonly octets: Buffer };

/** Octets to insert into a decoded body. */
export type Insertion = {
  readonly content: Content;
  /** Where, in the decoded body. */
  readonly offset: number;
  readonly octets: Buffer;
  readonly lineEnd: string;
};

/** @returns the change of the encoded body with the same effect; null when it is too damaged to be changed */
export function spliceTransfer(raw: Buffer, transfer: Transfer, insertion: Insertion): Splice | null {
  if (transfer === 'base64') return spliceBase64(raw, insertion);
  if (transfer === 'quoted-printable') return spliceQuotedPrintable(raw, insertion);
  return { at: insertion.offset, removed: 0, octets: insertion.octets };
}

/** Every line before the one that holds the offset stays as it is. */
function spliceBase64(raw: Buffer, { content, offset, octets, lineEnd }: Insertion): Splice | null {
  const cut = cutBase64(raw, offset);
  if (!cut) return null;
  const { at, decoded, width, tail } = cut;
  const rest = Buffer.concat([content.octets.subarray(decoded, offset), octets, content.octets.subarray(offset)]);
  const encoded = encodeBase64(rest, cut.lineEnd ?? lineEnd, width);
  return { at, removed: raw.length - at, octets: Buffer.concat([encoded, Buffer.from(tail, 'latin1')]) };
}

/** No octet is removed: soft line breaks set the insertion off from a line it lands in, and a dangling `=` is closed. */
function spliceQuotedPrintable(raw: Buffer, { content, offset, octets, lineEnd }: Insertion): Splice {
  const at = content.rawOffset(offset);
  const atEnd = at === raw.length;
  const isWhole = at === 0 || raw[at - 1] === 0x0a || isBreak(octets, 0);
  const head = atEnd && endsInSoftBreak(raw) ? lineEnd : isWhole ? '' : `=${lineEnd}`;
  const foot = atEnd || octets.at(-1) === 0x0a || isBreak(raw, at) ? '' : `=${lineEnd}`;
  const encoded = encodeQuotedPrintable(octets, { lineEnd });
  return { at, removed: 0, octets: Buffer.concat([Buffer.from(head), encoded, Buffer.from(foot)]) };
}

const isBreak = (octets: Buffer, at: number): boolean =>
  octets[at] === 0x0a || (octets[at] === 0x0d && octets[at + 1] === 0x0a);

function endsInSoftBreak(raw: Buffer): boolean {
  let at = raw.length;
  while (raw[at - 1] === 0x20 || raw[at - 1] === 0x09) at -= 1;
  return raw[at - 1] === 0x3d;
}
