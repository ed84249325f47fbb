import { expect, test } from 'vitest';
import { compress, decompress } from '../../../core/smime/compress.ts';
import { decrypt, readRecipientsOf, type DecryptionKey } from '../../../core/smime/decrypt.ts';
import { encrypt } from '../../../core/smime/encrypt.ts';
import { signOpaque } from '../../../core/smime/sign.ts';
import { verifyDetached, verifyOpaque, type Verification } from '../../../core/smime/verify.ts';
import { indefinite } from './forge.ts';
import { createRandom, mutate } from './mutate.ts';
import { content, person, signingWith } from './people.ts';

const rounds = process.env['LONG'] ? 200_000 : 2_000;

async function seeds(): Promise<readonly Buffer[]> {
  const signed = await signOpaque(content, signingWith(person('p256'), person('ed25519')));
  if (signed.kind !== 'signed') throw new Error(signed.reason);
  const encrypted: Buffer[] = [];
  for (const cipher of ['aes-128-cbc', 'aes-256-gcm'] as const) {
    const made = await encrypt(content, [person('p256'), person('x25519')], cipher);
    if (made.kind === 'encrypted') encrypted.push(made.octets);
  }
  const all = [signed.octets, ...encrypted, await compress(content)];
  return [...all, ...all.map(indefinite)];
}

const other = Buffer.from('Content-Type: text/plain\r\n\r\nPay Mallory.\r\n');

/** Gives octets to every door. @returns what must not be, in words */
async function judge(octets: Buffer, keys: readonly DecryptionKey[]): Promise<readonly string[]> {
  const problems: string[] = [];
  const [forged, opaque] = [await verifyDetached(octets, other), await verifyOpaque(octets)];
  if (isValid(forged)) problems.push('a signature over content that nobody signed');
  if (isValid(opaque) && !isContent(opaque)) problems.push('other content than was signed');
  const envelope = await readRecipientsOf(octets);
  const opened = await decrypt(octets, keys);
  const isOpen = opened.kind === 'decrypted';
  if (isOpen && opened.authenticated && !isContent(opened)) problems.push('other content than was encrypted');
  if (isOpen && envelope.kind === 'malformed') problems.push('contents of what is no envelope');
  await decompress(octets);
  return problems;
}

const isValid = (found: Verification): boolean =>
  found.kind === 'signed' && found.signers.some(({ verdict }) => verdict.kind === 'valid');
const isContent = (found: object): boolean =>
  'content' in found && Buffer.isBuffer(found.content) && found.content.equals(content);

test(
  'mutated CMS never makes a door throw, hang or hand out what was not signed',
  { timeout: process.env['LONG'] ? 600_000 : 30_000 },
  async () => {
    const random = createRandom(0x51ce);
    const keys = [person('p256'), person('x25519')];
    const heavy: string[] = [];
    const all = await seeds();
    for (let round = 0; round < rounds; round += 1) {
      const octets = mutate(all[round % all.length] ?? content, random);
      const before = process.memoryUsage.rss();
      expect(await judge(octets, keys)).toEqual([]);
      if (process.memoryUsage.rss() - before > 64 * 2 ** 20) heavy.push(octets.toString('hex'));
    }
    expect(heavy).toEqual([]);
  },
);
