import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../core/smime/certificate.ts';
import { privateKeyOf } from '../../../core/smime/private-key.ts';
import { signDetached, signOpaque } from '../../../core/smime/sign.ts';
import { verifyDetached, verifyOpaque } from '../../../core/smime/verify.ts';
import { openOpenssl, opensslVersion } from './openssl.ts';
import { content } from './people.ts';
import { keys, keyUsage, personOf, rootOf, type Keys } from './pki.ts';

const root = rootOf('Root', keys.ec(), 'ecdsa');
const modulusLength = 2048;
/** Keys that say themselves how they are to be used (RFC 4055 §3.1). */
const restricted: Readonly<Record<string, { readonly keys: Keys; readonly micalg: string }>> = {
  'no restriction': { keys: generateKeyPairSync('rsa-pss', { modulusLength }), micalg: 'sha-256' },
  'SHA-256': { keys: pair('sha256', 'sha256', 32), micalg: 'sha-256' },
  'SHA-512, salt of 64': { keys: pair('sha512', 'sha512', 64), micalg: 'sha-512' },
  'SHA-384, salt of at least 20': { keys: pair('sha384', 'sha384', 20), micalg: 'sha-384' },
  'SHA-256, MGF1 with SHA-1': { keys: pair('sha256', 'sha1', 32), micalg: 'sha-256' },
};

/** The types of Node say that `saltLength` is text; it is a number. */
function pair(hashAlgorithm: string, mgf1HashAlgorithm: string, saltLength: number): Keys {
  const options = { modulusLength, hashAlgorithm, mgf1HashAlgorithm, saltLength };
  return Reflect.apply(generateKeyPairSync, null, ['rsa-pss', options]);
}

describe.each(Object.entries(restricted))('RFC 4055 §3.1: an RSASSA-PSS key with %s', (_, { keys: own, micalg }) => {
  const certificate = personOf('ann@example.test', own, root, { extensions: [keyUsage(0)] });
  const signing = {
    signers: [{ certificate, use: privateKeyOf(own.privateKey) }],
    chain: [],
    signingTime: Date.UTC(2030, 5),
  };

  test('signs as it says, and what it signed verifies', async () => {
    expect(parseCertificate(certificate).kind).toBe('certificate');
    const signed = await signDetached(content, signing);
    if (signed.kind !== 'signed') throw new Error(signed.reason);
    expect(signed.micalg).toBe(micalg);
    const valid = { signers: [{ verdict: { kind: 'valid' }, signature: 'rsa-pss' }] };
    expect(await verifyDetached(signed.octets, content)).toMatchObject(valid);
  });

  test.skipIf(opensslVersion === null)('openssl verifies it', async () => {
    using openssl = openOpenssl();
    const signed = await signOpaque(content, signing);
    if (signed.kind !== 'signed') throw new Error(signed.reason);
    const file = openssl.file('p7m', signed.octets);
    expect(openssl.run('cms', '-verify', '-binary', '-noverify', '-inform', 'DER', '-in', file)).toEqual(content);
    expect((await verifyOpaque(signed.octets)).kind).toBe('signed');
  });
});
