import { decodeTransfer, isTransfer } from './codings/transfer.ts';
import type { Part } from './part.ts';

/**
 * Decodes the transfer encoding of a part.
 *
 * @returns the octets as they stand where the encoding is not known
 */
export function contentOf(octets: Uint8Array, part: Part): Buffer {
  const raw = bufferOf(octets).subarray(part.body.from, part.body.to);
  return isTransfer(part.encoding) ? decodeTransfer(raw, part.encoding).octets : raw;
}

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
