import { createHash, timingSafeEqual } from 'node:crypto';
import type { Digest } from './digest.ts';

/** Digests and label of an OAEP padding; `mask` is the digest of MGF1. */
export type Oaep = { readonly digest: Digest; readonly mask?: Digest; readonly label: Uint8Array };

/**
 * Takes an OAEP padding off. Looks at all of the block, whatever is in it: where it breaks the rules must not show.
 *
 * @param block what RSA gave, as long as the modulus
 * @throws Error when it is no such padding
 * @source RFC 8017 §7.1.2
 */
export function decodeOaep(block: Buffer, { digest, mask = digest, label }: Oaep): Buffer {
  const labelDigest = createHash(digest).update(label).digest();
  const size = labelDigest.length;
  const masked = block.subarray(1 + size);
  const seed = xor(block.subarray(1, 1 + size), generateMask(mask, masked, size));
  const data = xor(masked, generateMask(mask, seed, masked.length));
  let bad = (block[0] ?? 1) | (timingSafeEqual(data.subarray(0, size), labelDigest) ? 0 : 1);
  let isMessage = 0;
  let start = 0;
  for (let at = size; at < data.length; at += 1) {
    const octet = data[at] ?? 0;
    const isOne = Number(octet === 1);
    bad |= (1 - isMessage) & Number(octet > 1);
    start += at * ((1 - isMessage) & isOne);
    isMessage |= isOne;
  }
  if (bad !== 0 || isMessage === 0) throw new Error('no OAEP padding');
  return data.subarray(start + 1);
}

/** MGF1. @source RFC 8017 §B.2.1 */
function generateMask(digest: Digest, seed: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  const counter = Buffer.alloc(4);
  for (let made = 0; made < length; made += blocks.at(-1)?.length ?? length) {
    counter.writeUInt32BE(blocks.length);
    blocks.push(createHash(digest).update(seed).update(counter).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

const xor = (one: Uint8Array, other: Uint8Array): Buffer =>
  Buffer.from(one.map((octet, at) => octet ^ (other[at] ?? 0)));
