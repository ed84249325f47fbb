import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { z } from 'zod';
import { writeFileAtomically } from '../file.ts';
import { Refused } from '../refusal.ts';
import { deriveStoreKey, seal, unseal } from '../sealing.ts';
import type { PassphraseSource, SignerStart } from './wire.ts';

const fileName = 'keystore.json';
const context = 'sluice keystore 1';
const header = z.object({
  version: z.literal(1),
  scrypt: z.object({ N: z.int().max(2 ** 20), r: z.int().max(32), p: z.int().max(16) }),
  salt: z.base64(),
  check: z.base64(),
});

/**
 * Opens the keystore with its passphrase, or makes a new one. A sealed word tells a wrong passphrase from a right one
 * even while there are no keys.
 *
 * @throws Refused
 */
export async function openStoreKey({ folder, passphrase: source, cost }: SignerStart): Promise<Buffer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const passphrase = await readPassphrase(source);
  const before = await readHeader(join(folder, fileName));
  const salt = before ? Buffer.from(before.salt, 'base64') : randomBytes(16);
  const key = await deriveStoreKey(passphrase, salt, before?.scrypt ?? cost);
  passphrase.fill(0);
  if (before) {
    if (!unseal(key, context, Buffer.from(before.check, 'base64'))) throw new Refused('passphrase-wrong');
    return key;
  }
  const check = seal(key, context, Buffer.from('open')).toString('base64');
  const made: z.infer<typeof header> = { version: 1, scrypt: cost, salt: salt.toString('base64'), check };
  await writeFileAtomically(folder, fileName, `${JSON.stringify(made)}\n`);
  return key;
}

async function readHeader(file: string): Promise<z.infer<typeof header> | null> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw cause;
  });
  return text === null ? null : header.parse(JSON.parse(text));
}

/** Without the line end a file usually has. */
async function readPassphrase(source: PassphraseSource): Promise<Buffer> {
  const octets = source.kind === 'env' ? Buffer.from(env[source.name] ?? '') : await readPassphraseFile(source.path);
  const end = octets.at(-1) === 0x0a ? (octets.at(-2) === 0x0d ? -2 : -1) : octets.length;
  const passphrase = octets.subarray(0, end);
  if (passphrase.length === 0)
    throw new Refused('passphrase-missing', source.kind === 'env' ? source.name : source.path);
  return passphrase;
}

async function readPassphraseFile(path: string): Promise<Buffer> {
  const status = await stat(path).catch(() => null);
  if (!status?.isFile() || status.size > 65_536) throw new Refused('passphrase-missing', path);
  return readFile(path);
}
