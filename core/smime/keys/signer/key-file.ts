import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { entryOf, type KeyEntry, type KeyOwner } from '../entry.ts';
import { removeFile, sweep, writeFileAtomically } from '../file.ts';
import type { Pair } from '../pair.ts';
import { seal, unseal } from '../sealing.ts';

/** A key in use: what everybody may know, and what stays in this thread. */
export type Held = { readonly entry: KeyEntry; readonly key: KeyObject };

const suffix = '.key.json';
const owner = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('addresses'), addresses: z.array(z.string()) }),
  z.object({ kind: z.literal('gateway'), name: z.string() }),
]);
const clear = z.object({
  version: z.literal(1),
  owner,
  /** The key's own first, then its authorities. */
  certificates: z.array(z.base64()).min(1),
  importedAt: z.int(),
});
const keyFile = clear.extend({ sealed: z.base64() });
type Clear = z.infer<typeof clear>;

/** What a key is sealed with cannot be exchanged: the owner, the certificates, the time. */
const contextOf = ({ version, owner: of, certificates, importedAt }: Clear): string =>
  JSON.stringify([version, of, certificates, importedAt]);

/** Reads every key of a folder. What cannot be opened is listed by file, and the rest is used. */
export async function readKeyFiles(
  folder: string,
  storeKey: Buffer,
): Promise<{ readonly held: readonly Held[]; readonly problems: readonly string[] }> {
  await sweep(folder);
  const held: Held[] = [];
  const problems: string[] = [];
  for (const name of (await readdir(folder)).filter((one) => one.endsWith(suffix))) {
    const file = join(folder, name);
    const one = await readKeyFile(file, storeKey).catch(() => null); // what it says may hold what is in the file
    if (one) held.push(one);
    else problems.push(`${file}: it is damaged, or was sealed with another passphrase`);
  }
  return { held, problems };
}

async function readKeyFile(file: string, storeKey: Buffer): Promise<Held | null> {
  const read = keyFile.parse(JSON.parse(await readFile(file, 'utf8')));
  const secret = unseal(storeKey, contextOf(read), Buffer.from(read.sealed, 'base64'));
  if (!secret) return null;
  const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  secret.fill(0);
  return { entry: entryFrom(read), key };
}

const entryFrom = ({ owner: of, certificates, importedAt }: Clear): KeyEntry =>
  entryOf({
    owner: of,
    importedAt,
    certificates: certificates.map((one) => new Uint8Array(Buffer.from(one, 'base64'))),
  });

/** Seals and writes a key, durably. A key with the same certificate is replaced. */
export async function writeKeyFile(
  { key, certificate, chain }: Pair,
  {
    folder,
    storeKey,
    owner: of,
    at,
  }: { readonly folder: string; readonly storeKey: Buffer; readonly owner: KeyOwner; readonly at: number },
): Promise<Held> {
  const certificates = [certificate, ...chain].map(({ octets }) => octets.toString('base64'));
  const open = clear.parse({ version: 1, owner: of, certificates, importedAt: at });
  const secret = key.export({ type: 'pkcs8', format: 'der' });
  const sealed = seal(storeKey, contextOf(open), secret).toString('base64');
  secret.fill(0);
  const entry = entryFrom(open);
  await writeFileAtomically(folder, `${entry.id}${suffix}`, `${JSON.stringify({ ...open, sealed })}\n`);
  return { entry, key };
}

/** @returns false when there is none */
export const removeKeyFile = (folder: string, id: string): Promise<boolean> => removeFile(folder, `${id}${suffix}`);
