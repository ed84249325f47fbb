import { decodeTransfer, isTransfer, type Content, type Transfer } from './codings/transfer.ts';
import type { Part } from './part.ts';

/** Longest encoded body that is kept decoded, in octets. */
export const keptLimit = 2 ** 20;
const kept = new WeakMap<Part, Content>();

/**
 * Decodes the transfer encoding of a part.
 *
 * @returns the octets as they stand where the encoding is not known
 */
export function contentOf(octets: Uint8Array, part: Part): Buffer {
  return isTransfer(part.encoding) ? decodedContent(octets, part, part.encoding).octets : rawBody(octets, part);
}

/** The same, with the way back. What looks at a part in turn shares one decoded form: nobody may change it. */
export function decodedContent(octets: Uint8Array, part: Part, transfer: Transfer): Content {
  const known = kept.get(part);
  if (known) return known;
  const raw = rawBody(octets, part);
  const content = decodeTransfer(raw, transfer);
  if (raw.length <= keptLimit && content.octets !== raw) kept.set(part, content);
  return content;
}

const rawBody = (octets: Uint8Array, { body }: Part): Buffer => bufferOf(octets).subarray(body.from, body.to);

/** The first octets of a part, decoded; for looking at what it is. At most `count`, fewer when white space is in between. */
export function headOf(octets: Uint8Array, part: Part, count: number): Buffer {
  const raw = bufferOf(octets).subarray(part.body.from, Math.min(part.body.to, part.body.from + count * 3));
  return isTransfer(part.encoding)
    ? decodeTransfer(raw, part.encoding).octets.subarray(0, count)
    : raw.subarray(0, count);
}

/** The same octets as a Buffer, not copied. */
export const bufferOf = (octets: Uint8Array): Buffer =>
  Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
