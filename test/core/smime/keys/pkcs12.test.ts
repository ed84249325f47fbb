import { createPrivateKey, X509Certificate } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as der from '../../../../core/smime/asn1/der.ts';
import { formatPem } from '../../../../core/smime/chain/pem.ts';
import { importFile, type ImportAnswer } from '../../../../core/smime/keys/importer/importer.ts';

/* The matrix of PKCS#12 files, as OpenSSL writes them; without OpenSSL there is nothing to read. */
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-p12-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with the key and certificate of a fixture. */
function exported(who: string, password: string, options: readonly string[] = []): Buffer {
  const out = join(folder, 'out.p12');
  const files = ['-inkey', fixture(`${who}.key`), '-in', fixture(`${who}.pem`), '-certfile', fixture('ca.pem')];
  const run = spawnSync('openssl', [
    'pkcs12',
    '-export',
    '-out',
    out,
    '-passout',
    `pass:${password}`,
    ...files,
    ...options,
  ]);
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return readFileSync(out);
}

/** Whether the key of a fixture came out, with its certificate and that of the authority. */
function isWhole(answer: ImportAnswer, who: string): boolean {
  if (answer.kind === 'refused') throw new Error(answer.text);
  const [key] = answer.keys.map((octets) =>
    createPrivateKey({ key: Buffer.from(octets), format: 'der', type: 'pkcs8' }),
  );
  const certificates = answer.certificates.map((octets) => new X509Certificate(octets));
  const own = new X509Certificate(readFileSync(fixture(`${who}.pem`)));
  const isOwn = certificates.some(({ fingerprint256 }) => fingerprint256 === own.fingerprint256);
  return (
    key !== undefined && answer.keys.length === 1 && own.checkPrivateKey(key) && isOwn && certificates.length === 2
  );
}

const legacy = ['-legacy'];
const oldest = ['-certpbe', 'PBE-SHA1-RC2-40', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'];
const plain = ['-certpbe', 'NONE', '-keypbe', 'NONE'];

const matrix: readonly (readonly [about: string, who: string, password: string, options: readonly string[]])[] = [
  ['RSA, PBES2', 'rsa', 'secret', []],
  ['P-256, PBES2', 'p256', 'secret', []],
  ['P-521, PBES2', 'p521', 'secret', []],
  ['Ed25519, PBES2', 'ed25519', 'secret', []],
  ['Ed448, PBES2', 'ed448', 'secret', []],
  ['X25519, PBES2', 'x25519', 'secret', []],
  ['RSA, RC2-40 and 3DES', 'rsa', 'secret', [...legacy, ...oldest]],
  ['P-256, RC2-40 and 3DES', 'p256', 'secret', [...legacy, ...oldest]],
  [
    'RSA, RC2-128 and two-key 3DES',
    'rsa',
    'secret',
    [...legacy, '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-2DES'],
  ],
  ['RSA, 3DES and 3DES', 'rsa', 'secret', ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  [
    'RSA, AES-128 and a MAC with SHA-512',
    'rsa',
    'secret',
    ['-certpbe', 'AES-128-CBC', '-keypbe', 'AES-192-CBC', '-macalg', 'sha512'],
  ],
  ['no encryption, only a MAC', 'rsa', 'secret', plain],
  ['no MAC', 'rsa', 'secret', ['-nomac']],
  ['no MAC and no encryption', 'rsa', '', ['-nomac', ...plain]],
  ['an empty password', 'rsa', '', []],
  ['an empty password, RC2-40 and 3DES', 'rsa', '', [...legacy, ...oldest]],
  ['a password beyond ASCII, PBES2', 'rsa', 'pässwörd€😀', []],
  ['a password beyond ASCII, RC2-40 and 3DES', 'rsa', 'pässwörd€', [...legacy, ...oldest]],
  ['100,000 iterations', 'p256', 'secret', ['-iter', '100000']],
];

describe.skipIf(!hasOpenssl)('a PKCS#12 file', () => {
  test.each(matrix)('of OpenSSL is read (R60): %s', async (_, who, password, options) => {
    const octets = exported(who, password, options);
    expect(isWhole(await importFile({ octets, password }), who)).toBe(true);
  });

  const protectedFiles = matrix.filter(([about]) => /^(RSA|no MAC$|no encryption)/.test(about));
  test.each(protectedFiles)(
    'is refused with the wrong password, in clear words: %s',
    async (_, who, password, options) => {
      const octets = exported(who, password, options);
      expect(await importFile({ octets, password: 'wrong' })).toEqual({
        kind: 'refused',
        code: 'password-wrong',
        text: 'the password is wrong, or the file is damaged',
      });
    },
  );

  test('that needs a password says so when there is none', async () => {
    const octets = exported('rsa', 'secret');
    expect(await importFile({ octets, password: null })).toMatchObject({ code: 'password-missing' });
  });

  test('with a million iterations is read while the event loop goes on (R60)', async () => {
    const octets = exported('rsa', 'secret', ['-iter', '1000000']);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const before = performance.now();
    delay.enable();
    const answer = await importFile({ octets, password: 'secret' });
    delay.disable();
    const took = performance.now() - before;
    console.log(`a million iterations: ${took.toFixed(0)} ms, longest stall ${(delay.max / 1e6).toFixed(1)} ms`);
    expect(isWhole(answer, 'rsa')).toBe(true);
    expect(delay.max / 1e6).toBeLessThan(took / 2);
  });

  test('that takes too long is given up', async () => {
    const octets = exported('rsa', 'secret');
    expect(await importFile({ octets, password: 'secret' }, 0)).toMatchObject({ code: 'too-slow' });
  });

  test('that is cut or changed is refused, and nothing throws', async () => {
    const octets = exported('p256', 'secret');
    for (const at of [1, 2, 30, 200, octets.length - 10]) {
      const cut = await importFile({ octets: octets.subarray(0, at), password: 'secret' });
      const changed = Buffer.from(octets);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      expect(cut).toMatchObject({ kind: 'refused', code: 'malformed' });
      expect(await importFile({ octets: changed, password: 'secret' })).toMatchObject({ kind: 'refused' });
    }
  });
});

const pemOf = (who: string): string => readFileSync(fixture(`${who}.pem`), 'latin1');
const encrypted = (who: string, form: 'pkcs8' | 'traditional', password: string): string => {
  const key = createPrivateKey(readFileSync(fixture(`${who}.key`)));
  const type = form === 'pkcs8' ? 'pkcs8' : who === 'rsa' ? 'pkcs1' : 'sec1';
  const exportKey = (): string | Buffer =>
    type === 'pkcs8'
      ? key.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: password })
      : key.export({ type, format: 'pem', cipher: 'aes-128-cbc', passphrase: password });
  return exportKey().toString();
};
const open = (text: string, password: string | null = null): Promise<ImportAnswer> =>
  importFile({ octets: Buffer.from(`${text}\n${readFileSync(fixture('ca.pem'), 'latin1')}`), password });

describe('a PEM file', () => {
  test.each(['rsa', 'p256', 'ed25519'])('gives key and certificates: %s', async (who) => {
    expect(isWhole(await open(readFileSync(fixture(`${who}.key`), 'latin1') + pemOf(who)), who)).toBe(true);
  });

  test.each([
    ['rsa', 'pkcs8'],
    ['ed25519', 'pkcs8'],
    ['rsa', 'traditional'],
    ['p256', 'traditional'],
  ] as const)('is opened with its password: %s, %s', async (who, form) => {
    const text = encrypted(who, form, 'secret') + pemOf(who);
    expect(isWhole(await open(text, 'secret'), who)).toBe(true);
    expect(await open(text, 'wrong')).toMatchObject({ code: 'password-wrong' });
    expect(await open(text)).toMatchObject({ code: 'password-missing' });
  });

  test('that asks for more work than is allowed is refused before the work is done', async () => {
    const derivation = der.sequence(der.octetString(Buffer.alloc(8)), der.integer(2_000_000_000));
    const pbes2 = der.sequence(
      der.oid('1.2.840.113549.1.5.13'),
      der.sequence(
        der.sequence(der.oid('1.2.840.113549.1.5.12'), derivation),
        der.sequence(der.oid('2.16.840.1.101.3.4.1.42'), der.octetString(Buffer.alloc(16))),
      ),
    );
    const key = der.joinDer(der.sequence(pbes2, der.octetString(Buffer.alloc(32))));
    expect(await open(formatPem('ENCRYPTED PRIVATE KEY', key), 'secret')).toEqual({
      kind: 'refused',
      code: 'too-many-iterations',
      text: 'opening the file would take more computing than is allowed: 2000000000 iterations',
    });
  });
});
