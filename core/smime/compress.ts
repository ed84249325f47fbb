import { promisify } from 'node:util';
import { deflate, inflate as inflateInThread, type InputType, type ZlibOptions } from 'node:zlib';
import { integer, octetString, oid, sequence, tagged } from './asn1/der.ts';
import { Malformed } from './asn1/malformed.ts';
import { fieldsOf, readCount, tags } from './asn1/values.ts';
import { readAlgorithm } from './cms/algorithm.ts';
import { oids } from './cms/oids.ts';
import { readContentInfo, readEncapsulated } from './cms/signed-data.ts';
import { writeContentInfo } from './cms/write-signed.ts';

const zlib = '1.2.840.113549.1.9.16.3.8';

/** What may come out of compressed data. Octets; `ratio` counts above `free`. */
export type InflateLimits = { readonly size: number; readonly ratio: number; readonly free: number };

const usual: InflateLimits = { size: 200 * 2 ** 20, ratio: 100, free: 2 ** 20 };

export type Decompression =
  | { readonly kind: 'decompressed'; readonly content: Buffer; readonly contentType: string }
  | { readonly kind: 'malformed' | 'too-large'; readonly reason: string };

/** Inflates CompressedData, as far as the limits go. Never throws for what is in it. @source RFC 3274 §1.1 */
export async function decompress(octets: Uint8Array, limits: InflateLimits = usual): Promise<Decompression> {
  try {
    const fields = fieldsOf(readContentInfo(octets, oids.compressedData));
    readCount(fields.next(tags.integer));
    if (readAlgorithm(fields.next(tags.sequence)).oid !== zlib) throw new Malformed('a compression not supported');
    const { contentType, content } = readEncapsulated(fields.next(tags.sequence));
    if (!content) throw new Malformed('no compressed content');
    return await inflate(content, contentType, limits);
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', reason: error.message };
    throw error;
  }
}

const inflateAside: (content: InputType, options: ZlibOptions) => Promise<Buffer> = promisify(inflateInThread);
const deflateAside: (content: InputType) => Promise<Buffer> = promisify(deflate);

async function inflate(
  content: Buffer,
  contentType: string,
  { size, ratio, free }: InflateLimits,
): Promise<Decompression> {
  const maxOutputLength = Math.min(size, Math.max(free, content.length * ratio));
  try {
    return { kind: 'decompressed', contentType, content: await inflateAside(content, { maxOutputLength }) };
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    if (isTooLarge) return { kind: 'too-large', reason: `more than ${maxOutputLength} octets when inflated` };
    throw new Malformed('compressed content that cannot be inflated');
  }
}

/** @returns a ContentInfo in DER @source RFC 3274 §1.1, RFC 8551 §3.6 */
export async function compress(content: Uint8Array): Promise<Buffer> {
  return writeContentInfo(
    oids.compressedData,
    sequence(
      integer(0),
      sequence(oid(zlib)),
      sequence(oid(oids.data), tagged(0, octetString(await deflateAside(content)))),
    ),
  );
}
