import { cutBase64, decodeBase64, encodeBase64 } from './base64.ts';
import { decodeQuotedPrintable, encodeQuotedPrintable } from './quoted-printable.ts';

/** Content-Transfer-Encodings a body can be read and edited in (RFC 2045 §6). */
export type Transfer = '7bit' | '8bit' | 'binary' | 'quoted-printable' | 'base64';

const transfers: readonly string[] = ['7bit', '8bit', 'binary', 'quoted-printable', 'base64'] satisfies Transfer[];

/** @param name in lower case */
export const isTransfer = (name: string): name is Transfer => transfers.includes(name);

/** The octets an encoded body stands for; the same octets, not a copy, under an identity encoding. */
export function decodeTransfer(raw: Buffer, transfer: Transfer): Buffer {
  if (transfer === 'base64') return decodeBase64(raw);
  return transfer === 'quoted-printable' ? decodeQuotedPrintable(raw).octets : raw;
}

/** A change of an encoded body: `removed` octets at `at` give way to `octets`. */
export type Splice = { readonly at: number; readonly removed: number; readonly octets: Buffer };

/** Octets to insert into a decoded body. */
export type Insertion = {
  /** The decoded body. */
  readonly content: Buffer;
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
  const rest = Buffer.concat([content.subarray(decoded, offset), octets, content.subarray(offset)]);
  const encoded = encodeBase64(rest, lineEnd, width);
  return { at, removed: raw.length - at, octets: Buffer.concat([encoded, Buffer.from(tail, 'latin1')]) };
}

/** No octet is removed: soft line breaks set the insertion off from a line it lands in, and a dangling `=` is closed. */
function spliceQuotedPrintable(raw: Buffer, { content, offset, octets, lineEnd }: Insertion): Splice {
  const at = offset >= content.length ? raw.length : decodeQuotedPrintable(raw, offset).used;
  const before = raw[at - 1];
  const atLineStart = at === 0 || before === 0x0a;
  const startsWithBreak = octets[0] === 0x0a || (octets[0] === 0x0d && octets[1] === 0x0a);
  const dangling = at === raw.length && endsInSoftBreak(raw);
  const head = dangling ? lineEnd : atLineStart || startsWithBreak ? '' : `=${lineEnd}`;
  const last = octets.at(-1);
  const foot = at === raw.length || last === 0x0a || isHardBreak(raw, at) ? '' : `=${lineEnd}`;
  const column = 0;
  const encoded = encodeQuotedPrintable(octets, { lineEnd, column });
  return { at, removed: 0, octets: Buffer.concat([Buffer.from(head), encoded, Buffer.from(foot)]) };
}

const isHardBreak = (raw: Buffer, at: number): boolean =>
  raw[at] === 0x0a || (raw[at] === 0x0d && raw[at + 1] === 0x0a);

function endsInSoftBreak(raw: Buffer): boolean {
  let at = raw.length;
  while (raw[at - 1] === 0x20 || raw[at - 1] === 0x09) at -= 1;
  return raw[at - 1] === 0x3d;
}
