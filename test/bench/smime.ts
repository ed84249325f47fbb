import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMessage } from '../../core/message/message.ts';
import { decrypt } from '../../core/smime/decrypt.ts';
import { encrypt, type WrittenCipher } from '../../core/smime/encrypt.ts';
import { verifyPart, writeMultipartSigned } from '../../core/smime/entity.ts';
import { signDetached } from '../../core/smime/sign.ts';
import { verifyDetached } from '../../core/smime/verify.ts';
import { content as small, person, signingWith } from '../core/smime/people.ts';
import { createContent } from './content.ts';
import { medianOf, type Result } from './result.ts';
import { decryptInProcess } from './smime-decrypt.ts';

type Say = (text: string) => void;

const size = 51_200;
const large = 200 * 2 ** 20;
const rounds = 5;
const window = 400;
const boundary = 'b0b0b0b0b0b0b0b0';
const people = { rsa2048: 'rsa', p256: 'p256', ed25519: 'ed25519' };

/** S/MIME on one thread, without server and queue; about half a minute. */
export async function benchSmime(say: Say): Promise<readonly Result[]> {
  const results: Result[] = [];
  const add = (name: string, value: number, unit: string): void => {
    results.push({ name, value, unit });
    say(`${name}: ${Math.round(value)} ${unit}`);
  };
  const entity = Buffer.concat([Buffer.from('Content-Type: application/octet-stream\r\n\r\n'), randomBytes(size)]);
  for (const [name, who] of Object.entries(people)) {
    const signing = signingWith(person(who));
    const signed = await signDetached(entity, signing);
    if (signed.kind !== 'signed') throw new Error(signed.reason);
    add(`smime.sign.${name}.50k`, await rateOf(() => signDetached(entity, signing)), 'messages/s');
    add(`smime.verify.${name}.50k`, await rateOf(() => verifyDetached(signed.octets, entity)), 'messages/s');
  }
  add('smime.resign.rsa2048.50k', await rateOf(await createResign()), 'messages/s');
  const encrypted = octetsOf(entity, 'aes-256-gcm');
  add('smime.encrypt.rsa2048.50k', await rateOf(async () => octetsOf(entity, 'aes-256-gcm')), 'messages/s');
  add('smime.decrypt.rsa2048.50k', await rateOf(() => decrypt(encrypted, [person('rsa')])), 'messages/s');
  await benchLarge('smime.decrypt.200m', 'aes-256-cbc', add);
  await benchLarge('smime.decrypt.200m.gcm', 'aes-256-gcm', add);
  return results;
}

/** Verify, put a disclaimer below the text, sign again, write. @throws Error when any of it did not work */
async function createResign(): Promise<() => Promise<void>> {
  const signing = signingWith(person('rsa'));
  const text = createContent(size, 'alternative');
  const sign = async (entity: Uint8Array): Promise<Buffer> => {
    const signed = await signDetached(entity, signing);
    if (signed.kind !== 'signed') throw new Error(signed.reason);
    return writeMultipartSigned(entity, signed, boundary);
  };
  const original = await sign(text.subarray(text.indexOf('Content-Type')));
  return async () => {
    const { octets, root } = openMessage(original);
    const found = await verifyPart(octets, root);
    const [part] = root.parts;
    if (found.kind !== 'signed' || !found.signers.every(({ verdict }) => verdict.kind === 'valid') || !part)
      throw new Error('not valid');
    const inner = openMessage(octets.subarray(part.header.from, part.body.to));
    const [outcome] = inner.edit([{ kind: 'insert-text', position: 'after', plain: 'Note.', html: '<p>Note.</p>' }]);
    if (outcome?.kind !== 'done') throw new Error('not edited');
    await sign(inner.write());
  };
}

function octetsOf(content: Uint8Array, cipher: WrittenCipher): Buffer {
  const made = encrypt(content, [person('rsa')], cipher);
  if (made.kind !== 'encrypted') throw new Error(made.reason);
  return made.octets;
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
async function benchLarge(
  name: string,
  cipher: WrittenCipher,
  add: (name: string, value: number, unit: string) => void,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  try {
    const file = join(folder, 'message');
    await writeFile(file, octetsOf(Buffer.alloc(large, small), cipher));
    await using handle = await open(file);
    await handle.sync();
    const runs = [];
    for (let round = 0; round < 3; round += 1) runs.push(await decryptInProcess(file));
    add(name, medianOf(runs.map(({ rate }) => rate)), 'MB/s');
    add(`${name}.rss`, Math.max(...runs.map(({ memory }) => memory)), 'MB');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
