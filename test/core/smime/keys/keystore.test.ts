import { spawnSync } from 'node:child_process';
import { diffieHellman, generateKeyPairSync, publicEncrypt, randomBytes, verify } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseCertificate, type Certificate } from '../../../../core/smime/certificate.ts';
import { openKeystore, type KeyImport, type Keystore, type KeystoreOptions } from '../../../../core/smime/keystore.ts';
import type { TrustAnswer } from '../../../../core/smime/trust.ts';
import * as pki from '../pki.ts';
import { keys, noon } from '../pki.ts';

const importKey = fileURLToPath(new URL('./import-key.ts', import.meta.url));
const cost = { N: 2 ** 10, r: 8, p: 1 };
const root = pki.rootOf('Root', keys.ec(), 'ecdsa');
const ca = pki.authorityOf('CA', keys.ec(), [root, 'ecdsa']);

async function folderFor(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'passphrase'), 'correct horse\n', { mode: 0o600 });
  return folder;
}

async function opened(folder: string, more: Partial<KeystoreOptions> = {}) {
  const passphrase = { kind: 'file', path: join(folder, 'passphrase') } as const;
  return openKeystore({ folder: join(folder, 'keys'), passphrase, cost, now: () => noon, ...more });
}

/** A keystore that is open, and closed when the test ends. */
async function open(folder: string, more: Partial<KeystoreOptions> = {}): Promise<Keystore> {
  const keystore = await opened(folder, more);
  if ('kind' in keystore) throw new Error(keystore.text);
  onTestFinished(() => keystore[Symbol.asyncDispose]());
  return keystore;
}

/** A PEM file with a key of somebody, the certificate and its authorities. */
function pemOf(email: string, own: pki.Keys, more: Partial<pki.Request> = {}): string {
  const certificate = pki.personOf(email, own, ca, {
    extensions: [pki.subjectAltName(pki.general.email(email))],
    ...more,
  });
  const key = own.privateKey.export({ type: 'pkcs8', format: 'pem' });
  return [key, ...[root.certificate, ca.certificate, certificate].map((one) => pki.pem(one))].join('');
}

async function imported(keystore: Keystore, text: string, more: Partial<KeyImport> = {}) {
  const source = { kind: 'octets', octets: new Uint8Array(Buffer.from(text)) } as const;
  return keystore.importKeys({ source, password: null, owner: null, ...more });
}

async function idOf(keystore: Keystore, text: string, more: Partial<KeyImport> = {}): Promise<string> {
  const answer = await imported(keystore, text, more);
  if (answer.kind === 'refused') throw new Error(answer.text);
  return answer.entries[0]?.id ?? '';
}

describe('a keystore', () => {
  test('keeps what was imported, sealed, for us alone', async () => {
    const folder = await folderFor();
    const own = keys.ec();
    const first = await open(folder);
    const id = await idOf(first, pemOf('Alice@example.test', own));
    await first[Symbol.asyncDispose]();

    const files = await readdir(join(folder, 'keys'));
    expect(files.sort()).toEqual([`${id}.key.json`, 'certificates', 'keystore.json'].sort());
    expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700);
    const file = join(folder, 'keys', `${id}.key.json`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const secret = own.privateKey.export({ format: 'jwk' }).d ?? '';
    const stored = await readFile(file);
    expect(stored.includes(Buffer.from(secret, 'base64url'))).toBe(false);
    expect(stored.includes(own.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'))).toBe(false);

    const again = await open(folder);
    expect(again.problems()).toEqual([]);
    expect(again.keys()).toMatchObject([
      {
        id,
        owner: { kind: 'addresses', addresses: ['Alice@example.test'] },
        subject: 'CN=Alice@example.test',
        issuer: 'CN=CA, O=Test',
        keyKind: 'ec',
        canSign: true,
        canDecrypt: true,
        importedAt: noon,
        chain: [expect.anything(), expect.anything()],
      },
    ]);
    expect(again.keysOf('alice@EXAMPLE.test').map((entry) => entry.id)).toEqual([id]);
    expect(again.keysOf('bob@example.test')).toEqual([]);
    expect(await again.testKey(id)).toEqual({ signs: true, decrypts: true, problem: null });
  });

  test('keeps keys of a gateway apart', async () => {
    const keystore = await open(await folderFor());
    const id = await idOf(keystore, pemOf('gateway@example.test', keys.ec()), {
      owner: { kind: 'gateway', name: 'mx' },
    });
    expect(keystore.keysOfGateway('mx')).toMatchObject([{ id, addresses: ['gateway@example.test'] }]);
    expect(keystore.keysOf('gateway@example.test')).toEqual([]);
  });

  test('gives the key that is valid longest first', async () => {
    const keystore = await open(await folderFor());
    const old = await idOf(keystore, pemOf('a@example.test', keys.ec(), { notAfter: noon + 5 * pki.day }));
    const fresh = await idOf(keystore, pemOf('a@example.test', keys.ec(), { notAfter: noon + 9 * pki.day }));
    expect(keystore.keysOf('a@example.test').map(({ id }) => id)).toEqual([fresh, old]);
  });

  test('forgets a key, here and on disk', async () => {
    const folder = await folderFor();
    const keystore = await open(folder);
    const id = await idOf(keystore, pemOf('a@example.test', keys.ec()));
    expect(await keystore.removeKey(id)).toEqual({ kind: 'removed' });
    expect(keystore.keys()).toEqual([]);
    expect(await readdir(join(folder, 'keys'))).not.toContain(`${id}.key.json`);
    expect(await keystore.removeKey(id)).toMatchObject({ code: 'key-unknown' });
    expect(await keystore.testKey(id)).toMatchObject({ code: 'key-unknown' });
    await expect(keystore.use(id)({ kind: 'agree', octets: Buffer.alloc(1) })).rejects.toMatchObject({
      code: 'keys.refused',
      context: { problem: 'key-unknown' },
    });
  });

  test('gives out certificates, its own and those of the authorities', async () => {
    const keystore = await open(await folderFor());
    const id = await idOf(keystore, pemOf('a@example.test', keys.ec()));
    const text = keystore.exportCertificates(id) ?? '';
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
    expect(text).not.toContain('PRIVATE');
    expect(keystore.exportCertificates('nobody')).toBeNull();
  });

  test('reads the file itself when it is told where it is', async () => {
    const folder = await folderFor();
    const keystore = await open(folder);
    const path = join(folder, 'alice.pem');
    await writeFile(path, pemOf('alice@example.test', keys.ec()));
    const answer = await keystore.importKeys({ source: { kind: 'file', path }, password: null, owner: null });
    expect(answer).toMatchObject({ kind: 'imported', entries: [{ addresses: ['alice@example.test'] }] });
    const missing = { kind: 'file', path: join(folder, 'missing') } as const;
    expect(await keystore.importKeys({ source: missing, password: null, owner: null })).toMatchObject({
      code: 'file-unreadable',
    });
  });
});

describe('an import is refused', () => {
  const own = keys.ec();
  const keyOnly = own.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const other = pki.personOf('b@example.test', keys.ec(), ca);

  test.each<[string, string, Partial<KeyImport>, string]>([
    ['without a key', pki.pem(other), {}, 'key-missing'],
    ['without the certificate of the key', keyOnly + pki.pem(other), {}, 'certificate-missing'],
    [
      'with a certificate nobody can read',
      keyOnly + pki.pem(Buffer.from('3003020101', 'hex')),
      {},
      'certificate-unusable',
    ],
    [
      'for somebody else',
      pemOf('a@example.test', own),
      { owner: { kind: 'addresses', addresses: ['b@example.test'] } },
      'address-other',
    ],
    [
      'without an address',
      pemOf('a@example.test', own, { subject: pki.nameOf({ CN: 'A' }), extensions: [] }),
      {},
      'address-missing',
    ],
    ['with a short key', pemOf('a@example.test', keys.rsa(512)), {}, 'key-unusable'],
    ['of something else', 'Hello', {}, 'key-missing'],
    ['of a PKCS#12 file that is none', '0\u0003\u0002\u0001\u0003', {}, 'malformed'],
  ])('%s', async (_, text, more, code) => {
    const keystore = await open(await folderFor());
    expect(await imported(keystore, text, more)).toMatchObject({ kind: 'refused', code });
    expect(keystore.keys()).toEqual([]);
  });
});

describe('a key that never leaves its thread', () => {
  const octets = randomBytes(100);

  test.each([
    ['rsa', () => keys.rsa(), { scheme: 'rsa-pkcs1', digest: 'sha256' }],
    ['rsa', () => keys.rsa(), { scheme: 'rsa-pss', digest: 'sha512', salt: 64 }],
    ['ec', () => keys.ec('P-384'), { scheme: 'ecdsa', digest: 'sha384' }],
    ['ed25519', keys.ed25519, { scheme: 'ed25519', digest: null }],
    ['ed448', keys.ed448, { scheme: 'ed448', digest: null }],
  ] as const)('signs: %s', async (_, make, algorithm) => {
    const own = make();
    const keystore = await open(await folderFor());
    const id = await idOf(keystore, pemOf('a@example.test', own));
    const signature = await keystore.use(id)({ kind: 'sign', algorithm, octets });
    const pss = algorithm.scheme === 'rsa-pss' ? { padding: 6, saltLength: algorithm.salt } : {};
    expect(verify(algorithm.digest, octets, { key: own.publicKey, ...pss }, signature)).toBe(true);
    expect(await keystore.testKey(id)).toMatchObject({ signs: true, problem: null });
  });

  test('unwraps for RSA, and does not tell a wrong padding from a wrong key', async () => {
    const own = keys.rsa();
    const keystore = await open(await folderFor());
    const use = keystore.use(await idOf(keystore, pemOf('a@example.test', own)));
    const secret = randomBytes(32);
    const pkcs1 = publicEncrypt({ key: own.publicKey, padding: 1 }, secret);
    const padding = { kind: 'pkcs1' } as const;
    expect(Buffer.from(await use({ kind: 'decrypt', padding, octets: pkcs1 }))).toEqual(secret);
    const random = randomBytes(256).fill(0, 0, 1);
    expect(await use({ kind: 'decrypt', padding, octets: random })).toBeInstanceOf(Uint8Array);
    const oaep = publicEncrypt({ key: own.publicKey, oaepHash: 'sha384' }, secret);
    const with384 = { kind: 'oaep', digest: 'sha384', label: new Uint8Array(0) } as const;
    expect(Buffer.from(await use({ kind: 'decrypt', padding: with384, octets: oaep }))).toEqual(secret);
  });

  test.each([
    ['P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['X25519', () => generateKeyPairSync('x25519')],
  ])('agrees on a secret: %s', async (_, make) => {
    const own = make();
    const keystore = await open(await folderFor());
    const id = await idOf(keystore, pemOf('a@example.test', own));
    const ephemeral = make();
    const spki = ephemeral.publicKey.export({ type: 'spki', format: 'der' });
    const expected = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: own.publicKey });
    expect(Buffer.from(await keystore.use(id)({ kind: 'agree', octets: spki }))).toEqual(expected);
    expect(await keystore.testKey(id)).toMatchObject({ decrypts: true, problem: null });
    await expect(keystore.use(id)({ kind: 'agree', octets: Buffer.from('3003020101', 'hex') })).rejects.toMatchObject({
      code: 'keys.refused',
    });
  });

  test('works for many at once, and not after the end', async () => {
    const own = keys.ec();
    const keystore = await open(await folderFor());
    const use = keystore.use(await idOf(keystore, pemOf('a@example.test', own)));
    const algorithm = { scheme: 'ecdsa', digest: 'sha256' } as const;
    const many = Array.from({ length: 500 }, (_, at) => Buffer.from(`message ${at}`));
    const signatures = await Promise.all(many.map((one) => use({ kind: 'sign', algorithm, octets: one })));
    expect(many.every((one, at) => verify('sha256', one, own.publicKey, signatures[at] ?? Buffer.alloc(0)))).toBe(true);
    await keystore[Symbol.asyncDispose]();
    await expect(use({ kind: 'sign', algorithm, octets })).rejects.toMatchObject({ code: 'keys.unavailable' });
  });

  test('is not in the heap of the main thread, and neither is the passphrase (R61)', async () => {
    const folder = await folderFor();
    const own = keys.ec();
    const path = join(folder, 'alice.pem');
    await writeFile(path, pemOf('alice@example.test', own));
    const snapshot = join(folder, 'heap');
    const run = spawnSync(process.execPath, [importKey, folder, path, snapshot]);
    const id = run.stdout.toString().trim();
    const heap = await readFile(snapshot);
    const d = own.privateKey.export({ format: 'jwk' }).d ?? '';
    const base64 = own.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    const secrets = [d, Buffer.from(d, 'base64url').toString('hex'), base64.slice(0, 60), 'correct horse'];
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(heap.includes(id)).toBe(true); // what is there, is found
    expect(secrets.map((secret) => heap.includes(secret))).toEqual([false, false, false, false]);
  });
});

describe('the passphrase', () => {
  test('that is another is told from files that are damaged', async () => {
    const folder = await folderFor();
    const keystore = await open(folder);
    const id = await idOf(keystore, pemOf('a@example.test', keys.ec()));
    const kept = await idOf(keystore, pemOf('b@example.test', keys.ec()));
    await keystore[Symbol.asyncDispose]();
    const file = join(folder, 'keys', `${id}.key.json`);
    await writeFile(file, (await readFile(file, 'utf8')).replace('a@example.test', 'c@example.test'));
    const again = await open(folder);
    expect(again.keys().map((entry) => entry.id)).toEqual([kept]);
    expect(again.problems()).toEqual([`${file}: it is damaged, or was sealed with another passphrase`]);
    await again[Symbol.asyncDispose]();
    await writeFile(join(folder, 'passphrase'), 'another');
    expect(await opened(folder)).toEqual({
      kind: 'refused',
      code: 'passphrase-wrong',
      text: 'the passphrase is not the one the keystore was made with',
    });
  });

  test('may come from the environment, and is needed', async () => {
    const folder = await folderFor();
    const passphrase = { kind: 'env', name: 'SLUICE_TEST_PASSPHRASE' } as const;
    const text = 'the passphrase of the keystore is not set: SLUICE_TEST_PASSPHRASE';
    expect(await opened(folder, { passphrase })).toEqual({ kind: 'refused', code: 'passphrase-missing', text });
    vi.stubEnv('SLUICE_TEST_PASSPHRASE', 'from the environment');
    onTestFinished(() => void vi.unstubAllEnvs());
    const keystore = await open(folder, { passphrase });
    expect(keystore.keys()).toEqual([]);
    await keystore[Symbol.asyncDispose]();
    expect(await opened(folder)).toMatchObject({ code: 'passphrase-wrong' });
    expect(await opened(folder, { passphrase: { kind: 'file', path: folder } })).toMatchObject({
      code: 'passphrase-missing',
    });
  });
});

/** Dies when its first file, written and flushed, is about to get its name. @returns what it had said by then */
function killedAtRename(folder: string, path: string): string {
  const inject = 'inject=rename,renameat,renameat2:signal=KILL';
  const traced = ['-f', '-qq', '-o', '/dev/null', '-e', inject, process.execPath, importKey, folder, path];
  return spawnSync('strace', traced).stdout.toString();
}

const hasStrace = spawnSync('strace', ['-V']).status === 0;
describe.skipIf(!hasStrace)('a process that is killed between writing a key and renaming it', () => {
  test('leaves no key, or the one that was there, and nothing unfinished', async () => {
    const folder = await folderFor();
    const path = join(folder, 'alice.pem');
    await writeFile(path, pemOf('alice@example.test', keys.ec()));
    await (await open(folder))[Symbol.asyncDispose]();
    expect(killedAtRename(folder, path)).toBe('');
    expect((await readdir(join(folder, 'keys'))).some((name) => name.endsWith('.tmp'))).toBe(true);
    const first = await open(folder);
    expect([first.keys(), first.problems()]).toEqual([[], []]);
    const id = await idOf(first, await readFile(path, 'utf8'));
    await first[Symbol.asyncDispose]();
    expect(killedAtRename(folder, path)).toBe('');
    const again = await open(folder);
    expect(again.keys()).toMatchObject([{ id, importedAt: noon }]);
    expect(await again.testKey(id)).toMatchObject({ signs: true, problem: null });
    expect((await readdir(join(folder, 'keys'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

const certificateOf = (email: string): Certificate => {
  const read = parseCertificate(pki.personOf(email, keys.ec(), ca));
  if (read.kind === 'malformed') throw new Error(read.reason.text);
  return read.certificate;
};

describe('certificates of others', () => {
  const bob = certificateOf('Bob@example.test');
  const trusted: TrustAnswer = { kind: 'trusted', path: [bob], notes: [] };

  test('are harvested only when a policy says so, and only from what is trusted', async () => {
    const without = await open(await folderFor());
    expect(await without.harvest(bob, trusted)).toBe(false);
    expect(without.certificatesOf('bob@example.test')).toEqual([]);
    const asked: string[] = [];
    const harvest = (certificate: Certificate): boolean => asked.push(certificate.subject.text) > 1;
    const keystore = await open(await folderFor(), { harvest });
    const untrusted = { kind: 'untrusted', reason: { code: 'expired', text: '', subject: '' } } as const;
    expect(await keystore.harvest(bob, untrusted)).toBe(false);
    expect(await keystore.harvest(bob, trusted)).toBe(false);
    expect(await keystore.harvest(bob, trusted)).toBe(true);
    expect(asked).toEqual(['CN=Bob@example.test', 'CN=Bob@example.test']);
    expect(keystore.certificatesOf('bob@EXAMPLE.test')).toEqual([bob.octets]);
  });

  test('are kept, found by address beside our own, and removed', async () => {
    const folder = await folderFor();
    const keystore = await open(folder);
    expect(await keystore.certificates.keep(bob)).toBe(true);
    expect(await keystore.certificates.keep(bob)).toBe(false);
    await keystore[Symbol.asyncDispose]();
    await writeFile(join(folder, 'keys/certificates/broken.pem'), 'nothing');
    const again = await open(folder);
    expect(again.problems()).toEqual([expect.stringContaining('broken.pem: neither DER nor PEM')]);
    const id = await idOf(again, pemOf('bob@example.test', keys.ec()));
    expect(again.certificatesOf('bob@example.test')).toEqual([again.keys()[0]?.certificate, bob.octets]);
    expect(again.keys()[0]?.id).toBe(id);
    expect(await again.certificates.remove(bob.fingerprint)).toBe(true);
    expect(await again.certificates.remove(bob.fingerprint)).toBe(false);
    expect(again.certificates.find('bob@example.test')).toEqual([]);
  });
});
