import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { formatScramKeys, makeScramKeys, readScramKeys, type ScramKeys } from './scram-keys.ts';

/** About 16 MB and a tenth of a second; written into every hash, so that it can grow. */
const cost = { N: 2 ** 14, r: 8, p: 5 };
const keyLength = 32;
const saltLength = 16;
/** Nobody types more; a longer one would be hashed first, at the sender's pleasure. */
const longestPassword = 1_024;

/**
 * @returns `scrypt$N$r$p$salt$key`, salt and key in base64; after a space the keys SCRAM needs. Who steals them can try
 *   passwords on either, so a password is as safe at rest as the cheaper of the two makes it (PBKDF2 with 100,000
 *   rounds), and can pretend to be this server; those Sluice makes itself are random and cannot be tried out.
 * @source RFC 7914, RFC 5802 §9
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltLength);
  const [key, scram] = await Promise.all([derive(password, salt, cost), makeScramKeys(password)]);
  const own = ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
  return `${own} ${formatScramKeys(scram)}`;
}

/**
 * Derives and compares in constant time.
 *
 * @returns false also for a hash that is none, after the same work
 */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const read = readHash(hash);
  const key = await derive(password, read?.salt ?? Buffer.alloc(saltLength), read?.cost ?? cost);
  return timingSafeEqual(key, read?.key ?? randomBytes(keyLength)) && password.length <= longestPassword;
}

/** @returns null where the hash is older than SCRAM here */
export const scramKeysOf = (hash: string): ScramKeys | null => readScramKeys(hash.split(' ')[1] ?? '');

function readHash(hash: string) {
  const [scheme, N, r, p, salt = '', key = ''] = (hash.split(' ')[0] ?? '').split('$');
  const read = {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
  const isOurs =
    scheme === 'scrypt' && Object.values(read.cost).every((value) => Number.isSafeInteger(value) && value > 0);
  return isOurs && read.salt.length === saltLength && read.key.length === keyLength ? read : null;
}

function derive(password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(password.slice(0, longestPassword).normalize('NFC'), salt, keyLength, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
