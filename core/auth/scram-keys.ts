import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';

/** What a server keeps of a password for SCRAM-SHA-256: enough to check a proof, not enough to make one. */
export type ScramKeys = {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
};

/** RFC 7677 §4 wants at least 4096, later advice more; the client does the work at each login, we do it once. */
const iterations = 100_000;
const scheme = 'scram-sha-256';

export const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
export const hash = (octets: Buffer): Buffer => createHash('sha256').update(octets).digest();

/** Derives them anew, with a salt of their own. @source RFC 5802 §3, RFC 7677 */
export async function makeScramKeys(password: string): Promise<ScramKeys> {
  const salt = randomBytes(16);
  const salted = await derive(prepare(password), salt);
  return { iterations, salt, storedKey: hash(hmac(salted, 'Client Key')), serverKey: hmac(salted, 'Server Key') };
}

/** @returns keys no proof fits, the same salt each time: who has none looks like everybody else */
export function madeUpKeys(secret: Buffer, user: string): ScramKeys {
  return {
    iterations,
    salt: hmac(secret, user.toLowerCase()).subarray(0, 16),
    storedKey: randomBytes(32),
    serverKey: randomBytes(32),
  };
}

/** `scram-sha-256$iterations$salt$storedKey$serverKey`, in base64. */
export function formatScramKeys(keys: ScramKeys): string {
  const octets = [keys.salt, keys.storedKey, keys.serverKey].map((one) => one.toString('base64'));
  return [scheme, keys.iterations, ...octets].join('$');
}

/** @returns null when it is not in that form */
export function readScramKeys(text: string): ScramKeys | null {
  const [name, count, ...parts] = text.split('$');
  const [salt, storedKey, serverKey] = parts.map((part) => Buffer.from(part, 'base64'));
  if (name !== scheme || !salt || storedKey?.length !== 32 || serverKey?.length !== 32) return null;
  return { iterations: Number(count), salt, storedKey, serverKey };
}

/** The part of SASLprep that changes letters (RFC 4013 §2.1, §2.2); what it forbids, nobody can have chosen. */
function prepare(password: string): string {
  return password
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/\p{Zs}/gu, ' ')
    .normalize('NFKC');
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(password, salt, iterations, 32, 'sha256', (error, key) => (error ? reject(error) : resolve(key)));
  });
}
