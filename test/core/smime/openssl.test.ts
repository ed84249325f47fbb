import { describe, expect, test } from 'vitest';
import { compress, decompress } from '../../../core/smime/compress.ts';
import { decrypt, decryptStream, readRecipientsOf } from '../../../core/smime/decrypt.ts';
import { encrypt, type WrittenCipher } from '../../../core/smime/encrypt.ts';
import type { RsaPadding } from '../../../core/smime/private-key.ts';
import { signDetached, signOpaque } from '../../../core/smime/sign.ts';
import { verifyDetached, verifyOpaque } from '../../../core/smime/verify.ts';
import { openOpenssl, opensslVersion } from './openssl.ts';
import { content, fixtures, person, signingWith } from './people.ts';

const has = opensslVersion !== null;
const ca = `${fixtures}ca.pem`;
const by = (name: string): readonly string[] => [
  '-signer',
  `${fixtures}${name}.pem`,
  '-inkey',
  `${fixtures}${name}.key`,
];
const pss = ['-keyopt', 'rsa_padding_mode:pss'];
type Case = { name: string; who: string; options: readonly string[]; padding?: 'pss'; isRead?: true };
const signatures: readonly Case[] = [
  { name: 'RSA PKCS #1', who: 'rsa', options: [] },
  { name: 'RSA PKCS #1, SHA-384', who: 'rsa', options: ['-md', 'sha384'] },
  { name: 'RSA PKCS #1, SHA-512', who: 'rsa', options: ['-md', 'sha512'] },
  ...['sha3-256', 'sha3-384', 'sha3-512', 'sha512-256'].flatMap((digest) => [
    { name: `RSA PKCS #1, ${digest} (RFC 9688 §3.1)`, who: 'rsa', options: ['-md', digest], isRead: true } as const,
  ]),
  { name: 'RSA PSS', who: 'rsa', options: pss, padding: 'pss' },
  {
    name: 'RSA PSS, SHA-384, salt 20',
    who: 'rsa',
    options: ['-md', 'sha384', ...pss, '-keyopt', 'rsa_pss_saltlen:20'],
  },
  {
    name: 'RSA PSS, SHA-512, longest salt',
    who: 'rsa',
    options: ['-md', 'sha512', ...pss, '-keyopt', 'rsa_pss_saltlen:max'],
  },
  { name: 'RSA PSS, SHA-256, MGF1 with SHA-1', who: 'rsa', options: [...pss, '-keyopt', 'rsa_mgf1_md:sha1'] },
  { name: 'ECDSA P-256', who: 'p256', options: [] },
  { name: 'ECDSA P-384', who: 'p384', options: ['-md', 'sha384'] },
  { name: 'ECDSA P-521', who: 'p521', options: ['-md', 'sha512'] },
];
const forms = [
  { form: 'with attributes', options: [] },
  { form: 'without attributes', options: ['-noattr'] },
  { form: 'by key identifier', options: ['-keyid'] },
  { form: 'without capabilities', options: ['-nosmimecap'] },
  { form: 'with a certificate digest', options: ['-cades'] },
];

describe.skipIf(!has)(`signatures of ${opensslVersion ?? 'openssl (missing)'}`, () => {
  for (const { name, who, options } of signatures)
    for (const { form, options: more } of forms) {
      test(`${name}, ${form}: verify, detached and opaque`, async () => {
        using openssl = openOpenssl();
        const pieces = options.includes('rsa_padding_mode:pss') ? [] : ['-stream']; // openssl 3.0 cannot do both
        const input = ['-sign', '-binary', '-outform', 'DER', '-in', openssl.file('content', content)];
        const detached = openssl.run('cms', ...input, ...by(who), ...options, ...more);
        const opaque = openssl.run('cms', ...input, ...by(who), ...options, ...more, '-nodetach', ...pieces);
        expect(await verifyDetached(detached, content)).toMatchObject({ signers: [{ verdict: { kind: 'valid' } }] });
        expect(await verifyOpaque(opaque)).toMatchObject({ content, signers: [{ verdict: { kind: 'valid' } }] });
        const other = Buffer.from(content).fill('x', 60, 61);
        expect(await verifyDetached(detached, other)).toMatchObject({ signers: [{ verdict: { kind: 'invalid' } }] });
      });
    }

  test.each(['sha1', 'md5'])('%s is weak (R40)', async (digest) => {
    using openssl = openOpenssl();
    const file = openssl.file('content', content);
    const made = openssl.run('cms', '-sign', '-binary', '-outform', 'DER', '-in', file, ...by('rsa'), '-md', digest);
    const verdict = { kind: 'weak', reason: `the digest is ${digest}` };
    expect(await verifyDetached(made, content)).toMatchObject({ signers: [{ verdict }] });
  });

  test('a receipt request is seen', async () => {
    using openssl = openOpenssl();
    const file = openssl.file('content', content);
    const request = ['-receipt_request_to', 'ann@example.org', '-receipt_request_all'];
    const made = openssl.run('cms', '-sign', '-binary', '-outform', 'DER', '-in', file, ...by('rsa'), ...request);
    expect(await verifyDetached(made, content)).toMatchObject({ signers: [{ ess: ['receipt-request'] }] });
  });

  test('several signers, each with a result of its own', async () => {
    using openssl = openOpenssl();
    const who = ['rsa', 'p256', 'p384', 'p521'].flatMap(by);
    const file = openssl.file('content', content);
    const made = openssl.run('cms', '-sign', '-binary', '-outform', 'DER', '-in', file, ...who);
    const found = await verifyDetached(made, content);
    expect(found.kind === 'signed' && found.signers.map(({ verdict }) => verdict.kind)).toEqual(Array(4).fill('valid'));
  });
});

describe.skipIf(!has)('openssl verifies', () => {
  for (const { name, who, padding } of signatures.filter(
    ({ options, isRead }) =>
      !isRead && !options.includes('rsa_pss_saltlen:20') && !options.includes('rsa_mgf1_md:sha1'),
  ))
    test(`${name}, detached and opaque`, async () => {
      using openssl = openOpenssl();
      const signing = signingWith({ ...person(who), ...(padding ? { padding } : {}) });
      const [detached, opaque] = [await signDetached(content, signing), await signOpaque(content, signing)];
      if (detached.kind !== 'signed' || opaque.kind !== 'signed') throw new Error('not signed');
      const outside = ['-content', openssl.file('content', content)];
      const verify = ['cms', '-verify', '-binary', '-cades', '-inform', 'DER', '-CAfile', ca, '-in'];
      expect(openssl.run(...verify, openssl.file('p7s', detached.octets), ...outside)).toEqual(content);
      expect(openssl.run(...verify, openssl.file('p7m', opaque.octets))).toEqual(content);
    });

  test('many signers in one message', async () => {
    using openssl = openOpenssl();
    const signed = await signOpaque(content, signingWith(...['rsa', 'p256', 'p384', 'p521'].map(person)));
    if (signed.kind !== 'signed') throw new Error('not signed');
    const file = openssl.file('p7m', signed.octets);
    expect(openssl.run('cms', '-verify', '-binary', '-inform', 'DER', '-CAfile', ca, '-in', file)).toEqual(content);
  });
});

const ciphers = [
  'aes-128-cbc',
  'aes-192-cbc',
  'aes-256-cbc',
  'aes-128-gcm',
  'aes-192-gcm',
  'aes-256-gcm',
  'des-ede3-cbc',
];
const oaep = (digest: string): readonly string[] => [
  '-keyopt',
  'rsa_padding_mode:oaep',
  '-keyopt',
  `rsa_oaep_md:${digest}`,
];
const derivation = (digest: string): readonly string[] => ['-keyopt', `ecdh_kdf_md:${digest}`];
const transports: readonly { name: string; who: string; options: readonly string[] }[] = [
  { name: 'RSA PKCS #1', who: 'rsa', options: [] },
  ...['sha1', 'sha256', 'sha384', 'sha512'].map((it) => ({ name: `RSA OAEP ${it}`, who: 'rsa', options: oaep(it) })),
  {
    name: 'RSA OAEP sha256, MGF1 with SHA-1',
    who: 'rsa',
    options: [...oaep('sha256'), '-keyopt', 'rsa_mgf1_md:sha1'],
  },
  ...['p256', 'p384', 'p521'].flatMap((who) => [
    { name: `ECDH ${who}`, who, options: [] },
    { name: `ECDH ${who}, SHA-256`, who, options: derivation('sha256') },
    { name: `ECDH ${who}, SHA-512`, who, options: derivation('sha512') },
    { name: `ECDH ${who}, cofactor`, who, options: ['-keyopt', 'ecdh_cofactor_mode:1'] },
  ]),
];

describe.skipIf(!has)('messages openssl encrypted', () => {
  for (const { name, who, options } of transports)
    for (const cipher of ciphers)
      test(`${name}, ${cipher}: decrypt, in memory and streaming`, async () => {
        using openssl = openOpenssl();
        const to = ['-recip', `${fixtures}${who}.pem`, ...options];
        const file = openssl.file('content', content);
        const all = [[], ['-stream'], ['-keyid']];
        for (const stream of cipher === 'aes-128-cbc' || cipher === 'aes-256-gcm' ? all : [[]]) {
          const made = openssl.run(
            'cms',
            '-encrypt',
            '-binary',
            '-outform',
            'DER',
            '-in',
            file,
            `-${cipher}`,
            ...stream,
            ...to,
          );
          const authenticated = cipher.endsWith('gcm');
          expect(await readRecipientsOf(made)).toMatchObject({ authenticated, cipher, recipients: [{}] });
          expect(await decrypt(made, [person(who)])).toMatchObject({ kind: 'decrypted', authenticated, content });
          const pieces: Buffer[] = [];
          const source = async function* oneByOne() {
            for (const octet of made) yield Buffer.from([octet]);
          };
          const result = await decryptStream(source, [person(who)], (octets) => void pieces.push(octets));
          expect(result).toMatchObject({ kind: 'decrypted', authenticated });
          expect(Buffer.concat(pieces)).toEqual(content);
        }
      });
});

describe.skipIf(!has)('openssl decrypts', () => {
  const written: readonly WrittenCipher[] = ['aes-128-cbc', 'aes-256-cbc', 'aes-128-gcm', 'aes-256-gcm'];
  const label = Buffer.alloc(0);
  const oaeps = (['sha1', 'sha256', 'sha384', 'sha512'] as const).map(
    (digest) => ({ kind: 'oaep', digest, label }) as const,
  );
  const paddings: readonly RsaPadding[] = [{ kind: 'pkcs1' }, ...oaeps];
  for (const cipher of written) {
    for (const padding of paddings)
      test(`${cipher} for RSA, ${padding.kind === 'oaep' ? padding.digest : 'pkcs1'}`, async () => {
        expect(await opened(cipher, 'rsa', padding)).toEqual(content);
      });
    test.each(['p256', 'p384', 'p521'])(`${cipher} for %s`, async (who) => {
      expect(await opened(cipher, who)).toEqual(content);
    });
  }

  test('a message for several', async () => {
    expect(await opened('aes-256-gcm', 'p384', { kind: 'pkcs1' }, ['rsa', 'p256', 'x25519'])).toEqual(content);
  });
});

/** Encrypted by us, decrypted by openssl. */
async function opened(
  cipher: WrittenCipher,
  who: string,
  padding: RsaPadding = { kind: 'pkcs1' },
  others: readonly string[] = [],
) {
  using openssl = openOpenssl();
  const recipients = [...others, who].map((name) => ({ certificate: person(name).certificate, padding }));
  const made = await encrypt(content, recipients, cipher);
  if (made.kind !== 'encrypted') throw new Error(made.reason);
  const key = ['-recip', `${fixtures}${who}.pem`, '-inkey', `${fixtures}${who}.key`];
  return openssl.run('cms', '-decrypt', '-binary', '-inform', 'DER', '-in', openssl.file('p7m', made.octets), ...key);
}

const hasZlib =
  has &&
  /zlib/.test(
    ((): string => {
      using openssl = openOpenssl();
      try {
        const made = openssl.run(
          'cms',
          '-compress',
          '-binary',
          '-outform',
          'DER',
          '-in',
          openssl.file('content', content),
        );
        return made.length > 0 ? 'zlib' : '';
      } catch {
        return '';
      }
    })(),
  );

describe.skipIf(!hasZlib)('compressed data, if this openssl has zlib', () => {
  test('goes both ways', async () => {
    using openssl = openOpenssl();
    const made = openssl.run('cms', '-compress', '-binary', '-outform', 'DER', '-in', openssl.file('content', content));
    expect(await decompress(made)).toMatchObject({ content });
    const file = openssl.file('p7z', await compress(content));
    expect(openssl.run('cms', '-uncompress', '-binary', '-inform', 'DER', '-in', file)).toEqual(content);
  });
});
