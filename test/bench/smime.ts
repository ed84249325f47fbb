import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decrypt } from '../../core/smime/decrypt.ts';
import { encrypt, type WrittenCipher } from '../../core/smime/encrypt.ts';
import { signDetached } from '../../core/smime/sign.ts';
import { verifyDetached, type Verification } from '../../core/smime/verify.ts';
import { content as small, person, signingWith } from '../core/smime/people.ts';
import { medianOf, type Result } from './result.ts';
import { decryptInProcess, type Decrypted } from './smime-decrypt.ts';
import { createPkijsSigner } from './smime-pkijs.ts';
import { resignRate } from './smime-resign.ts';

type Say = (text: string) => void;

const size = 51_200;
const large = 200 * 2 ** 20;
const rounds = 5;
const window = 400;

/** S/MIME on one thread, without server and queue; about half a minute. @param wants which figures */
export async function benchSmime(say: Say, wants: (name: string) => boolean): Promise<readonly Result[]> {
  const results: Result[] = [];
  const add = (name: string, value: number, unit: string): void => {
    results.push({ name, value, unit });
    say(`${name}: ${Number(value.toPrecision(4))} ${unit}`);
  };
  for (const [name, create] of figures) if (wants(name)) add(name, await rateOf(await create()), 'messages/s');
  if (wants('smime.sign.rsa2048.50k.vs-pkijs')) add('smime.sign.rsa2048.50k.vs-pkijs', await ratioToPkijs(), 'times');
  if (wants('smime.resign.rsa2048.50k')) add('smime.resign.rsa2048.50k', await resignRate(size), 'messages/s');
  for (const [name, cipher] of largeFigures) {
    if (!wants(name)) continue;
    const { rate, memory } = await decryptLarge(cipher);
    add(name, rate, 'MB/s');
    add(`${name}.rss`, memory, 'MB');
  }
  return results;
}

type Work = () => Promise<unknown>;

const people = new Map(['rsa', 'p256', 'ed25519'].map((name) => [name, signingWith(person(name))]));
const entity = Buffer.concat([Buffer.from('Content-Type: application/octet-stream\r\n\r\n'), randomBytes(size)]);
const figures: readonly (readonly [name: string, create: () => Promise<Work>])[] = [
  ...Object.entries({ rsa2048: 'rsa', p256: 'p256', ed25519: 'ed25519' }).flatMap(
    ([name, who]) =>
      [
        [`smime.sign.${name}.50k`, async () => () => sign(entity, who)],
        [`smime.verify.${name}.50k`, () => createVerify(who)],
      ] as const,
  ),
  ['smime.encrypt.rsa2048.50k', async () => async () => octetsOf(entity, 'aes-256-gcm')],
  ['smime.decrypt.rsa2048.50k', createDecrypt],
];
const largeFigures: readonly (readonly [name: string, cipher: WrittenCipher])[] = [
  ['smime.decrypt.200m', 'aes-256-cbc'],
  ['smime.decrypt.200m.gcm', 'aes-256-gcm'],
];

async function sign(content: Uint8Array, who: string) {
  const signing = people.get(who);
  if (!signing) throw new Error('nobody');
  const signed = await signDetached(content, signing);
  if (signed.kind !== 'signed') throw new Error(signed.reason);
  return signed;
}

async function createVerify(who: string): Promise<Work> {
  const { octets } = await sign(entity, who);
  return async () => checkValid(await verifyDetached(octets, entity));
}

async function createDecrypt(): Promise<Work> {
  const octets = await octetsOf(entity, 'aes-256-gcm');
  const keys = [person('rsa')];
  return async () => {
    if ((await decrypt(octets, keys)).kind !== 'decrypted') throw new Error('not decrypted');
  };
}

function checkValid(found: Verification): void {
  if (found.kind !== 'signed' || !found.signers.every(({ verdict }) => verdict.kind === 'valid'))
    throw new Error('not valid');
}

async function octetsOf(content: Uint8Array, cipher: WrittenCipher): Promise<Buffer> {
  const made = await encrypt(content, people.get('rsa')?.signers ?? [], cipher);
  if (made.kind !== 'encrypted') throw new Error(made.reason);
  return made.octets;
}

/** Both in turn, so that what else the machine does meets both; what pkijs makes has to verify. */
async function ratioToPkijs(): Promise<number> {
  const theirs = await createPkijsSigner(person('rsa'));
  checkValid(await verifyDetached(await theirs(entity), entity));
  const ratios: number[] = [];
  for (let round = 0; round < 3; round += 1)
    ratios.push((await rateOf(() => sign(entity, 'rsa'))) / (await rateOf(() => theirs(entity))));
  return medianOf(ratios);
}

/** Calls a second, one after the other: the middle one of some runs. */
async function rateOf(work: () => Promise<unknown>): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const start = performance.now();
    let count = 0;
    for (; performance.now() - start < window; count += 1) await work();
    if (round > 0) rates.push((count * 1000) / (performance.now() - start));
  }
  return medianOf(rates);
}

/** A file of 200 MB, decrypted by a process of its own, so that its memory is its own. */
async function decryptLarge(cipher: WrittenCipher): Promise<Decrypted> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  try {
    const file = join(folder, 'message');
    await writeFile(file, await octetsOf(Buffer.alloc(large, small), cipher));
    const runs = [];
    for (let round = 0; round < 3; round += 1) runs.push(await decryptInProcess(file));
    return { rate: medianOf(runs.map(({ rate }) => rate)), memory: Math.max(...runs.map(({ memory }) => memory)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
