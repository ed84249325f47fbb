import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../../core/smime/asn1/certificate.ts';
import {
  bitString,
  encode,
  integer,
  joinDer,
  nullValue,
  octetString,
  oid,
  raw,
  sequence,
  setOf,
  tagged,
  type Der,
} from '../../../core/smime/asn1/der.ts';
import { writeIssuerAndSerial } from '../../../core/smime/cms/write-signed.ts';
import { decrypt, decryptStream, readRecipientsOf } from '../../../core/smime/decrypt.ts';
import { encrypt, findRecipients, type WrittenCipher } from '../../../core/smime/encrypt.ts';
import { fileSource } from '../../../core/smime/file-source.ts';
import { signDetached } from '../../../core/smime/sign.ts';
import { verifyDetached } from '../../../core/smime/verify.ts';
import { attribute, contentInfo, contentType, indefinite } from './forge.ts';
import { content, person, signingWith, type Person } from './people.ts';

const ciphers: readonly WrittenCipher[] = ['aes-128-cbc', 'aes-256-cbc', 'aes-128-gcm', 'aes-256-gcm'];
const failed = { kind: 'failed' };

async function encryptTo(cipher: WrittenCipher, text: Buffer, ...who: readonly string[]): Promise<Buffer> {
  const made = await encrypt(text, who.map(person), cipher);
  if (made.kind !== 'encrypted') throw new Error(made.reason);
  return made.octets;
}

describe('an encrypted message', () => {
  for (const cipher of ciphers)
    test.each(['rsa', 'p256', 'p384', 'p521', 'x25519'])(
      `in ${cipher} opens for %s, and for nobody else`,
      async (who) => {
        const octets = await encryptTo(cipher, content, who);
        const authenticated = cipher.endsWith('gcm');
        const opened = { kind: 'decrypted', authenticated, content, contentType: '1.2.840.113549.1.7.1' };
        expect(await decrypt(octets, [person(who)])).toEqual(opened);
        expect(await decrypt(indefinite(octets), [person(who)])).toEqual(opened);
        expect(await decrypt(octets, [person(who === 'rsa' ? 'p256' : 'rsa')])).toEqual(failed);
        expect(await decrypt(octets, [])).toEqual(failed);
      },
    );

  test('is for exactly the recipients given, and they can be found again', async () => {
    const who = ['rsa', 'p521', 'x25519', 'p256'];
    const found = await readRecipientsOf(await encryptTo('aes-256-gcm', content, ...who));
    if (found.kind !== 'enveloped') throw new Error(found.reason);
    expect(found.recipients).toHaveLength(4);
    const known = ['p256', 'p384', 'p521', 'rsa', 'x25519'].map((name) => person(name).certificate);
    const all = findRecipients(found.recipients, known);
    const wanted = who.map((name) => person(name).certificate);
    expect(all.kind === 'all' && all.certificates.toSorted((a, b) => Buffer.compare(a, b))).toEqual(
      wanted.toSorted((a, b) => Buffer.compare(a, b)),
    );
    expect(findRecipients(found.recipients, known.slice(1))).toMatchObject({ kind: 'missing', ids: [{}] });
  });

  test('is not made for a key that only signs, nor for nobody', async () => {
    expect((await encrypt(content, [person('rsa'), person('ed25519')])).kind).toBe('problem');
    expect((await encrypt(content, [])).kind).toBe('problem');
  });

  test('of many pieces comes out whole, in pieces', async () => {
    const long = randomBytes(3_000_000);
    for (const cipher of ciphers) {
      const pieces: Buffer[] = [];
      const octets = await encryptTo(cipher, long, 'p256');
      await decryptStream(octets, [person('p256')], (piece) => void pieces.push(piece));
      expect(pieces.length).toBeGreaterThan(5);
      expect(Buffer.concat(pieces).equals(long)).toBe(true);
    }
  });

  test('in a file opens piece by piece, and is signed by its digest alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-smime-'));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rm(folder, { recursive: true }));
    const long = randomBytes(1_000_000);
    await writeFile(join(folder, 'message'), await encryptTo('aes-256-gcm', long, 'rsa'));
    const hash = createHash('sha256');
    const write = (piece: Buffer) => void hash.update(piece);
    const result = await decryptStream(fileSource(join(folder, 'message')), [person('rsa')], write);
    expect(result).toMatchObject({ kind: 'decrypted', authenticated: true });
    expect(hash.digest()).toEqual(createHash('sha256').update(long).digest());

    await writeFile(join(folder, 'content'), long);
    const signed = await signDetached(fileSource(join(folder, 'content')), signingWith(person('rsa')));
    const verified =
      signed.kind === 'signed' && (await verifyDetached(signed.octets, fileSource(join(folder, 'content'))));
    expect(verified).toMatchObject({ signers: [{ verdict: { kind: 'valid' } }] });
  });

  test('fails in one way, wherever an octet is changed, and GCM gives nothing away before', async () => {
    const octets = await encryptTo('aes-128-gcm', content, 'p256');
    const head = octets.indexOf(joinDer(oid('2.16.840.1.101.3.4.1.6')));
    for (let at = head; at < octets.length; at += 1) {
      const changed = Buffer.from(octets);
      changed[at] = (changed[at] ?? 0) ^ 0x04;
      const pieces: Buffer[] = [];
      expect(await decryptStream(changed, [person('p256')], (piece) => void pieces.push(piece))).toEqual(failed);
      expect(pieces).toEqual([]);
    }
  });

  test('cut anywhere fails in the same way', async () => {
    for (const cipher of ['aes-128-cbc', 'aes-128-gcm'] as const) {
      const octets = await encryptTo(cipher, content, 'p256');
      for (const whole of [octets, indefinite(octets)])
        for (let length = 0; length < whole.length; length += 1)
          expect(await decrypt(whole.subarray(0, length), [person('p256')])).toEqual(failed);
    }
  });

  test('passes on what its source or its reader throws: that is no failure to decrypt', async () => {
    const full = new Error('disk full');
    const write = () => Promise.reject(full);
    await expect(decryptStream(await encryptTo('aes-256-cbc', content, 'rsa'), [person('rsa')], write)).rejects.toBe(
      full,
    );
  });
});

/** Malleability gadgets: known plaintext of a block turned into other text (https://efail.de, §4). */
function splice(octets: Buffer, ciphertext: Buffer): Buffer {
  const at = octets.indexOf(ciphertext);
  const known = content.subarray(16, 32);
  const wanted = Buffer.from('<img src="//x.y/');
  const block = Buffer.from(ciphertext.subarray(0, 16)).map(
    (octet, index) => octet ^ (known[index] ?? 0) ^ (wanted[index] ?? 0),
  );
  const changed = Buffer.from(octets);
  changed.set(block, at);
  return changed;
}
const ciphertextOf = (octets: Buffer, tail: number): Buffer =>
  octets.subarray(octets.length - tail - Math.floor(content.length / 16) * 16, octets.length - tail);

describe('EFAIL', () => {
  test('a splice in CBC is told to be possible: the contents are not authenticated', async () => {
    const octets = await encryptTo('aes-256-cbc', content, 'rsa');
    const changed = splice(octets, ciphertextOf(octets, 16));
    expect(await decrypt(changed, [person('rsa')])).toMatchObject({ kind: 'decrypted', authenticated: false });
    const opened = await decrypt(changed, [person('rsa')]);
    expect(opened.kind === 'decrypted' && opened.content.includes('<img src="//x.y/')).toBe(true);
  });

  test('a splice in GCM fails', async () => {
    const octets = await encryptTo('aes-256-gcm', content, 'rsa');
    const start = octets.length - 18 - content.length;
    expect(await decrypt(splice(octets, octets.subarray(start, start + 16)), [person('rsa')])).toEqual(failed);
  });

  test('GCM without its tag, as EnvelopedData, is not decrypted', async () => {
    const key = randomBytes(16);
    const gcm = createCipheriv('aes-128-gcm', key, Buffer.alloc(12));
    const parameters = sequence(octetString(Buffer.alloc(12)), integer(16));
    const cipher = sequence(oid('2.16.840.1.101.3.4.1.6'), parameters);
    const octets = envelope(transport(person('rsa'), key), cipher, gcm.update(content));
    expect(await decrypt(octets, [person('rsa')])).toEqual(failed);
    expect(await readRecipientsOf(octets)).toMatchObject({ kind: 'enveloped', cipher: null });
  });
});

const cbc = (key: Buffer) => {
  const cipher = createCipheriv('aes-128-cbc', key, Buffer.alloc(16));
  return Buffer.concat([cipher.update(content), cipher.final()]);
};

test('attributes that are authenticated, too, count for the tag (RFC 5083 §2.2)', async () => {
  const key = randomBytes(16);
  const attributes = [attribute('1.2.3.4', octetString(content)), contentType()];
  for (const covered of [setOf(attributes), setOf(attributes.slice(1))]) {
    const gcm = createCipheriv('aes-128-gcm', key, Buffer.alloc(12), { authTagLength: 12 });
    gcm.setAAD(joinDer(covered));
    const ciphertext = Buffer.concat([gcm.update(content), gcm.final()]);
    const cipher = sequence(oid('2.16.840.1.101.3.4.1.6'), sequence(octetString(Buffer.alloc(12))));
    const contents = sequence(oid('1.2.840.113549.1.7.1'), cipher, encode(0x80, raw(ciphertext)));
    const parts = [setOf([transport(person('rsa'), key)]), contents, tagged(1, ...attributes)];
    const data = sequence(integer(0), ...parts, octetString(gcm.getAuthTag()));
    const octets = contentInfo(data, '1.2.840.113549.1.9.16.1.23');
    const isAll = joinDer(covered).equals(joinDer(setOf(attributes)));
    expect(await decrypt(octets, [person('rsa')])).toMatchObject(isAll ? { content, authenticated: true } : failed);
  }
});

test('contents in countless small pieces are not read for ever', async () => {
  const key = randomBytes(32);
  const info = transport(person('rsa'), key);
  const cipher = sequence(oid('2.16.840.1.101.3.4.1.42'), octetString(Buffer.alloc(16)));
  const whole = sequence(integer(0), setOf([info]), sequence(oid('1.2.840.113549.1.7.1'), cipher, tagged(0)));
  const endless = indefinite(contentInfo(whole, '1.2.840.113549.1.7.3')).subarray(0, -10);
  let read = 0;
  const source = async function* withoutEnd() {
    yield endless;
    for (; read < 1000; read += 1) yield Buffer.alloc(10_000, Buffer.from([0x04, 0x00]));
  };
  expect(await decrypt(source, [person('rsa')])).toEqual(failed);
  expect(read).toBeGreaterThan(10);
  expect(read).toBeLessThan(20);
});

describe('a content key', () => {
  const aes = sequence(oid('2.16.840.1.101.3.4.1.2'), octetString(Buffer.alloc(16)));

  test('of a wrong length, wrong padding or wrong modulus fails as any wrong key does', async () => {
    const key = randomBytes(16);
    const asked: string[] = [];
    const ann = person('rsa');
    const watched = {
      ...ann,
      use: (operation: Parameters<typeof ann.use>[0]) => (asked.push(operation.kind), ann.use(operation)),
    };
    const wrong = [
      transport(ann, key.subarray(0, 15)),
      transport(ann, randomBytes(16)),
      transport(ann, key, randomBytes(256)),
      transport(ann, key, randomBytes(20)),
    ];
    for (const recipient of wrong) {
      const result = await decrypt(envelope(recipient, aes, cbc(key)), [watched]);
      expect(result.kind === 'decrypted' && result.content.equals(content)).toBe(false);
    }
    expect(asked).toEqual(wrong.map(() => 'decrypt'));
    expect(await decrypt(envelope(transport(ann, key), aes, cbc(key)), [ann])).toMatchObject({ content });
  });

  test.each([[null], [Buffer.from('user keying material')]])(
    'agreed with material %s, with parameters absent and NULL',
    async (material) => {
      for (const parameters of [[], [nullValue]]) {
        const key = randomBytes(16);
        const octets = envelope(agreement(person('p256'), key, material, parameters), aes, cbc(key));
        expect(await decrypt(octets, [person('p256')])).toMatchObject({ kind: 'decrypted', content });
      }
    },
  );
});

/** RFC 5753 written down once more, so that the engine is not its own witness. */
function agreement(
  { certificate, key: own }: Person,
  contentKey: Buffer,
  material: Buffer | null,
  parameters: readonly Der[],
): Der {
  const wrap = sequence(oid('2.16.840.1.101.3.4.1.5'), ...parameters);
  const ephemeral = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: createPublicKey(own) });
  const info = joinDer(
    sequence(
      wrap,
      ...(material ? [tagged(0, octetString(material))] : []),
      tagged(2, octetString(Buffer.from([0, 0, 0, 128]))),
    ),
  );
  const kek = createHash('sha256')
    .update(secret)
    .update(Buffer.from([0, 0, 0, 1]))
    .update(info)
    .digest()
    .subarray(0, 16);
  const wrapper = createCipheriv('aes128-wrap', kek, Buffer.alloc(8, 0xa6));
  const point = ephemeral.publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
  return tagged(
    1,
    integer(3),
    tagged(0, encode(0xa1, sequence(oid('1.2.840.10045.2.1'), ...parameters), bitString(point))),
    ...(material ? [tagged(1, octetString(material))] : []),
    sequence(oid('1.3.132.1.11.1'), wrap),
    sequence(
      sequence(
        writeIssuerAndSerial(readCertificate(certificate)),
        octetString(Buffer.concat([wrapper.update(contentKey), wrapper.final()])),
      ),
    ),
  );
}

function transport({ certificate, key }: Person, contentKey: Buffer, encrypted?: Buffer): Der {
  const octets =
    encrypted ?? publicEncrypt({ key: createPublicKey(key), padding: constants.RSA_PKCS1_PADDING }, contentKey);
  return sequence(
    integer(0),
    writeIssuerAndSerial(readCertificate(certificate)),
    sequence(oid('1.2.840.113549.1.1.1'), nullValue),
    octetString(octets),
  );
}

function envelope(recipient: Der, cipher: Der, ciphertext: Buffer): Buffer {
  const contents = sequence(oid('1.2.840.113549.1.7.1'), cipher, encode(0x80, raw(ciphertext)));
  return contentInfo(sequence(integer(2), setOf([recipient]), contents), '1.2.840.113549.1.7.3');
}
