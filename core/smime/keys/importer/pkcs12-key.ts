import { hash } from 'node:crypto';

/** What a derived key is for. @source RFC 7292 Appendix B.3 */
export type KeyUse = 'key' | 'iv' | 'mac';

const ids: Record<KeyUse, number> = { key: 1, iv: 2, mac: 3 };

/** How a key is derived. `password` is a BMPString with its two final zeros (Appendix B.1). */
export type Derivation = {
  readonly digest: string;
  readonly password: Buffer;
  readonly salt: Buffer;
  readonly iterations: number;
};

/**
 * Derives octets from a password the way PKCS#12 did before PBES2.
 *
 * @source RFC 7292 Appendix B.2
 */
export function derivePkcs12({ digest, password, salt, iterations }: Derivation, use: KeyUse, length: number): Buffer {
  const block = digest === 'sha384' || digest === 'sha512' ? 128 : 64;
  const diversifier = Buffer.alloc(block, ids[use]);
  let input = Buffer.concat([fill(salt, block), fill(password, block)]);
  const output: Buffer[] = [];
  for (let size = 0; size < length; size += output.at(-1)?.length ?? length) {
    let round = hash(digest, Buffer.concat([diversifier, input]), 'buffer');
    for (let count = 1; count < iterations; count += 1) round = hash(digest, round, 'buffer');
    output.push(round);
    input = next(input, fill(round, block).subarray(0, block), block);
  }
  return Buffer.concat(output).subarray(0, length);
}

/** Repeated up to a whole number of blocks. */
function fill(octets: Buffer, block: number): Buffer {
  return Buffer.alloc(Math.ceil(octets.length / block) * block, octets);
}

/** Adds `added` + 1 to every block, each a large number. */
function next(input: Buffer, added: Buffer, block: number): Buffer<ArrayBuffer> {
  const sum = Buffer.from(input);
  for (let start = 0; start < sum.length; start += block) {
    let carry = 1;
    for (let at = block - 1; at >= 0; at -= 1) {
      carry += (sum[start + at] ?? 0) + (added[at] ?? 0);
      sum[start + at] = carry & 0xff;
      carry >>= 8;
    }
  }
  return sum;
}
