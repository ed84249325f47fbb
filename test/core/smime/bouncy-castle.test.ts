import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compress, decompress } from '../../../core/smime/compress.ts';
import { decrypt, decryptStream } from '../../../core/smime/decrypt.ts';
import { encrypt } from '../../../core/smime/encrypt.ts';
import { signDetached, signOpaque } from '../../../core/smime/sign.ts';
import { verifyDetached, verifyOpaque } from '../../../core/smime/verify.ts';
import { content, fixtures, person } from './people.ts';

/** Debian's libbcmail-java and a JDK: a second implementation beside openssl, which knows more of the RFCs. */
const jars = ['bcprov', 'bcutil', 'bcpkix', 'bcmail'].map((name) => `/usr/share/java/${name}.jar`);
const hasJava = ((): boolean => {
  try {
    execFileSync('javac', ['-version'], { stdio: 'ignore' });
    return jars.every((jar) => existsSync(jar));
  } catch {
    return false;
  }
})();

const scratch = mkdtempSync(join(tmpdir(), 'sluice-bouncy-castle-'));
const [made, ours] = ['made', 'ours'].map((name) => join(scratch, name)) as [string, string];
const run = (verb: 'make' | 'check', folder: string): string =>
  execFileSync(
    'java',
    ['-cp', [...jars, scratch].join(':'), 'Interop', verb, fixtures, folder, join(scratch, 'content')],
    {
      encoding: 'utf8',
    },
  );

beforeAll(() => {
  if (!hasJava) return;
  const source = new URL('bouncy-castle/Interop.java', import.meta.url).pathname;
  execFileSync('javac', ['-nowarn', '-d', scratch, '-cp', jars.join(':'), source], { stdio: 'ignore' });
  for (const folder of [made, ours]) mkdirSync(folder);
  writeFileSync(join(scratch, 'content'), content);
}, 180_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What is wrong with one file Bouncy Castle wrote; null when nothing is. */
async function fault(name: string): Promise<string | null> {
  const octets = readFileSync(join(made, name));
  const [kind = '', , who = '', ending] = name.split('.');
  if (kind === 'sign') {
    const found = ending === 'p7s' ? await verifyDetached(octets, content) : await verifyOpaque(octets);
    const isValid = found.kind === 'signed' && found.signers.every(({ verdict }) => verdict.kind === 'valid');
    return isValid ? null : JSON.stringify(found.kind === 'signed' ? found.signers.map((one) => one.verdict) : found);
  }
  if (kind === 'compressed') {
    const found = await decompress(octets);
    return found.kind === 'decompressed' && found.content.equals(content) ? null : JSON.stringify(found);
  }
  const found = await decrypt(octets, [person(who)]);
  const pieces: Buffer[] = [];
  const streamed = await decryptStream(octets, [person(who)], (piece) => void pieces.push(Buffer.from(piece)));
  const isGood = found.kind === 'decrypted' && found.content.equals(content) && streamed.kind === 'decrypted';
  return isGood && Buffer.concat(pieces).equals(content) ? null : `${found.kind}, ${streamed.kind}`;
}

describe.skipIf(!hasJava)('Bouncy Castle', () => {
  test('R34, R51: what it signed, encrypted and compressed is read (RFC 5652, 5083, 5084, 5753, 8419, 9688, 3274)', async () => {
    expect(run('make', made)).toBe('');
    const names = readdirSync(made);
    const faults: string[] = [];
    for (const name of names) {
      const wrong = await fault(name);
      if (wrong !== null) faults.push(`${name}: ${wrong}`);
    }
    expect(faults).toEqual([]);
    expect(names.length).toBeGreaterThan(300);
  }, 180_000);

  test('R34: reads what we sign, encrypt and compress', async () => {
    const put = (name: string, octets: Uint8Array): void => writeFileSync(join(ours, name), octets);
    for (const who of ['rsa', 'p256', 'p384', 'p521', 'ed25519', 'ed448'])
      for (const padding of ['pkcs1', 'pss'] as const)
        for (const [ending, sign] of [
          ['p7s', signDetached],
          ['p7m', signOpaque],
        ] as const) {
          const signed = await sign(content, {
            signers: [{ ...person(who), padding }],
            chain: [],
            signingTime: Date.UTC(2030, 0),
          });
          if (signed.kind === 'signed') put(`sign.${padding}.${who}.${ending}`, signed.octets);
        }
    for (const who of ['rsa', 'p256', 'p384', 'p521'])
      for (const cipher of ['aes-128-cbc', 'aes-256-cbc', 'aes-128-gcm', 'aes-256-gcm'] as const) {
        const isGcm = cipher.endsWith('gcm');
        if (isGcm && who !== 'rsa') continue; // Bouncy Castle 1.72 has no key agreement there
        const encrypted = await encrypt(content, [person(who)], cipher);
        if (encrypted.kind === 'encrypted')
          put(`${isGcm ? 'authenveloped' : 'enveloped'}.${cipher}.${who}.p7m`, encrypted.octets);
      }
    put('compressed.ours.any.p7z', await compress(content));
    const said = run('check', ours).trim().split('\n');
    expect(said.filter((line) => !line.startsWith('OK '))).toEqual([]);
    expect(said).toHaveLength(24 + 6 + 4 + 1);
  }, 180_000);
});
