import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { openMessage } from '../../../../core/message/message.ts';
import { verifyPart, writeMultipartSigned, writePkcs7Mime } from '../../../../core/smime/entity.ts';
import type { Keystore } from '../../../../core/smime/keystore.ts';
import { authenticationResults } from '../../../../core/smime/policy/notices/authentication-results.ts';
import { noticeText } from '../../../../core/smime/policy/notices/notice.ts';
import { readAddresses } from '../../../../core/smime/policy/originators.ts';
import { defaultPolicy, type SignerRecord } from '../../../../core/smime/policy.ts';
import { encode, oid, sequence } from '../../../../core/smime/asn1/der.ts';
import { attribute, contentType, forge, messageDigest } from '../forge.ts';
import { createRandom, mutate } from '../mutate.ts';
import { person } from '../people.ts';
import * as kit from './kit.ts';

const ann = kit.somebody('ann@example.test');
const bob = kit.somebody('bob@example.test');
let keystore: Keystore;
beforeAll(async () => {
  keystore = await kit.keystoreOf([ann, bob]);
});
afterAll(() => keystore[Symbol.asyncDispose]());

const header = kit.headerOf(ann.address);
const all = ['resign', 'strip', 'explain'] as const;

describe('a signature by the rules broken', () => {
  const entity = kit.text();
  const signedBy = (octets: Buffer): Buffer =>
    kit.messageOf(
      kit.headerOf('rsa@example.org'),
      writeMultipartSigned(entity, { octets, micalg: 'sha-256' }, 'forged'),
    );

  test.each([
    ['receipt-request', '1.2.840.113549.1.9.16.2.1'],
    ['security-label', '1.2.840.113549.1.9.16.2.2'],
    ['ml-expansion', '1.2.840.113549.1.9.16.2.3'],
  ])('with %s it is skipped or wrapped (R41)', async (name, type) => {
    const octets = signedBy(
      forge({ attributes: [contentType(), messageDigest(entity), attribute(type, sequence(oid('1.2.3')))] }),
    );
    const result = await kit.edit(octets, { signed: [...all, 'wrap'] }, keystore);
    expect(result).toMatchObject({ kind: 'sealed', record: { action: 'wrap', fallbacks: [{}, {}, {}] } });
    expect(JSON.stringify('record' in result && result.record.fallbacks)).toContain(name);
  });

  test('that contains other content than is shown is no signature (R37)', async () => {
    const octets = signedBy(forge({ attributes: [contentType(), messageDigest(entity)], inside: kit.text('Other.') }));
    const result = await kit.edit(octets, { signed: ['resign'] }, keystore);
    expect(result).toMatchObject({ kind: 'skip', record: { signers: [{ verdict: 'invalid' }] } });
  });

  test.each([
    ['no content type', [messageDigest(entity)]],
    ['two digests', [contentType(), messageDigest(entity), messageDigest(entity)]],
  ])('with %s is invalid (R39)', async (_, attributes) => {
    const result = await kit.edit(signedBy(forge({ attributes })), { signed: ['resign'] }, keystore);
    expect(result).toMatchObject({ kind: 'skip', record: { signers: [{ verdict: 'invalid' }] } });
  });

  test('with certificates and no signer is never edited (R30)', async () => {
    const certificates = Buffer.from(
      encode(
        0x30,
        oid('1.2.840.113549.1.7.2'),
        encode(
          0xa0,
          sequence(
            [Buffer.from('020101', 'hex')],
            encode(0x31),
            sequence(oid('1.2.840.113549.1.7.1')),
            encode(0xa0, [person('rsa').certificate]),
            encode(0x31),
          ),
        ),
      ).reduce((joined, piece) => Buffer.concat([joined, piece]), Buffer.alloc(0)),
    );
    const octets = kit.messageOf(header, await writePkcs7Mime(certificates, 'signed-data'));
    expect(await kit.edit(octets, { signed: [...all] }, keystore)).toMatchObject({ kind: 'skip' });
  });
});

describe('who a message is from', () => {
  test.each([
    ['Ann <ann@example.test>', ['ann@example.test']],
    ['ann@example.test (Ann <x@y.z>)', ['ann@example.test']],
    ['"Bob <bob@example.test>" <ann@example.test>', ['ann@example.test']],
    ['a@b.c, "x, y" <d@e.f>', ['a@b.c', 'd@e.f']],
    ['Team: a@b.c, d@e.f;', ['a@b.c', 'd@e.f']],
    ['<a@b.c> <d@e.f>', ['<a@b.c> <d@e.f>']],
    ['"un\\"closed" <a@b.c>', ['a@b.c']],
    ['', []],
  ])('%s', (value, addresses) => {
    expect(readAddresses(value)).toEqual(addresses);
  });

  test('is nobody when there are two From fields', async () => {
    const octets = kit.messageOf(`From: bob@example.test\r\n${header}`, await kit.clear(kit.text(), [ann]));
    expect(await kit.edit(octets, { signed: ['resign'] }, keystore)).toMatchObject({
      kind: 'skip',
      record: { signers: [{ verdict: 'mismatch' }] },
    });
  });
});

const record: SignerRecord = {
  subject: null,
  issuer: 'CN=x"\r\nEvil: yes; smime=pass',
  serial: '01',
  fingerprint: null,
  addresses: ['a"\\\r\n b@example.test; spf=pass'],
  verdict: 'invalid',
  reason: 'bad\r\nX: y ü',
  signedAt: null,
  part: '1.2',
};

test('Authentication-Results is one line in which nothing gets out of its quotes (RFC 8601)', () => {
  expect(authenticationResults('mx.example.test', [record])).toBe(
    'mx.example.test; smime=fail reason="bad??X: y ?" ' +
      'body.smime-identifier="a\\"\\\\?? b@example.test; spf=pass" body.smime-serial="01" ' +
      'body.smime-issuer="CN=x\\"??Evil: yes; smime=pass" body.smime-part="1.2"',
  );
  const hostile = fc.record({
    address: fc.string({ unit: 'binary' }),
    reason: fc.string({ unit: 'binary' }),
    host: fc.string(),
  });
  fc.assert(
    fc.property(hostile, ({ address, reason, host }) => {
      const value = authenticationResults(host, [{ ...record, addresses: [address], reason }]) ?? '';
      const outside = value.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
      expect(value).toMatch(/^[\x20-\x7e]*$/);
      expect(outside.match(/smime=/g)).toHaveLength(1);
      expect(outside).not.toContain('spf=');
    }),
  );
});

test('a notice says what strangers chose as text', async () => {
  const wicked = kit.somebody('"<script>alert(1)</script>"@example.test');
  const octets = kit.messageOf(kit.headerOf(wicked.address), await kit.clear(kit.alternative, [wicked]));
  const out = kit.octetsOf(await kit.edit(octets, { signed: ['strip'] })).toString();
  expect(out).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(out.slice(out.indexOf('text/html'))).not.toContain('<script>');
  const facts = { kind: 'strip', signers: [], verifiedAt: 0, language: null } as const;
  expect(
    noticeText(facts, { ...defaultPolicy, wording: { en: '{signer}{verdict}{time}{x}{constructor}' } }, 'en'),
  ).toBe('somebody unknownimpossible to check1970-01-01 00:00 UTC{x}{constructor}');
});

const isValid = async (octets: Buffer): Promise<boolean> => {
  const found = await verifyPart(octets, openMessage(octets).root, [ann.certificate]); // the keystore knows her, too
  return found.kind === 'signed' && found.signers.every(({ verdict }) => verdict.kind === 'valid');
};

/** What must never be, in words; null when it is not. */
async function wrongWith(octets: Buffer, result: kit.Edited): Promise<string | null> {
  if (result.kind !== 'sealed' || !('record' in result)) return null;
  const isResigned = result.record.action === 'resign';
  if (isResigned && !(await isValid(octets))) return 'a signature that did not verify was replaced';
  return !isResigned && (await isValid(kit.octetsOf(result))) ? 'a signature out of nothing' : null;
}

describe('laws, whatever octets a message has', () => {
  const rounds = process.env['LONG'] ? 20_000 : 300;

  test('nothing throws, skip changes nothing, and no invalid signature becomes a valid one', async () => {
    const random = createRandom(4711);
    const seeds = [
      await kit.clear(kit.text(), [ann]),
      await kit.opaque(kit.alternative, [ann]),
      await kit.enveloped(await kit.clear(kit.text(), [ann]), [bob, ann], 'aes-256-cbc'),
      await kit.enveloped(kit.text(), [bob]),
      await kit.opaque(await kit.enveloped(await kit.opaque(kit.text(), [ann]), [bob]), [ann]),
    ].map((entity) => kit.messageOf(header, entity));
    const policies = [
      { signed: ['resign'], encrypted: ['rekey'] },
      { signed: ['strip', 'explain'], encrypted: ['rekey', 'wrap'] },
      { signed: ['explain', 'wrap'], encrypted: ['wrap'], severalSigners: 'proceed' },
      { signed: ['skip'], encrypted: ['skip'] },
    ] as const;
    let opened = 0;
    for (let round = 0; round < rounds; round += 1) {
      const seed = seeds[random(seeds.length)] ?? Buffer.alloc(0);
      const octets = random(8) === 0 ? seed : mutate(seed, random);
      const copy = Buffer.from(octets);
      const result = await kit.edit(octets, policies[random(policies.length)] ?? {}, keystore);
      expect(octets).toEqual(copy);
      if (result.kind === 'sealed') opened += 1;
      const wrong = await wrongWith(octets, result);
      expect(wrong && `${wrong}: ${octets.toString('base64')}`).toBeNull();
    }
    expect(opened).toBeGreaterThan(rounds / 20);
  });
});
