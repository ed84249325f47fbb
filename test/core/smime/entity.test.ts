import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contentOf } from '../../../core/message/content.ts';
import { openMessage } from '../../../core/message/message.ts';
import { everyPart } from '../../../core/message/part.ts';
import { compress, decompress } from '../../../core/smime/compress.ts';
import { decrypt } from '../../../core/smime/decrypt.ts';
import { encrypt } from '../../../core/smime/encrypt.ts';
import { signedEntityOf, verifyPart, writeMultipartSigned, writePkcs7Mime } from '../../../core/smime/entity.ts';
import { signDetached, signOpaque } from '../../../core/smime/sign.ts';
import { openOpenssl, opensslVersion } from './openssl.ts';
import { content, fixtures, person, signingWith } from './people.ts';

const boundary = 'f00dfeed0123456789abcdef';
const header = Buffer.from('From: Ann <rsa@example.org>\r\nSubject: Signed\r\nMIME-Version: 1.0\r\n');
const valid = { kind: 'signed', signers: [{ verdict: { kind: 'valid' } }] };
const fixture = (name: string) => openMessage(readFileSync(`test/messages/smime/${name}.eml`));

async function clearSigned(...who: readonly string[]): Promise<Buffer> {
  const signed = await signDetached(content, signingWith(...who.map(person)));
  if (signed.kind !== 'signed') throw new Error(signed.reason);
  return Buffer.concat([header, writeMultipartSigned(content, signed, boundary)]);
}

describe('verifyPart()', () => {
  test.each(['clear-signed', 'opaque-signed'])('verifies %s, made by openssl', async (name) => {
    const { octets, root } = fixture(name);
    expect(await verifyPart(octets, root)).toMatchObject(valid);
  });

  test.each(['application/octet-stream', 'application/pkcs7-mime', 'APPLICATION/X-PKCS7-SIGNATURE'])(
    'verifies a signature that is called %s (RFC 8551 §3.10)',
    async (type) => {
      const made = (await clearSigned('rsa')).toString('latin1');
      const { octets, root } = openMessage(
        Buffer.from(made.replace('application/pkcs7-signature; name', `${type}; name`), 'latin1'),
      );
      expect(await verifyPart(octets, root)).toMatchObject(valid);
    },
  );

  test('verifies a signed part deep in a message', async () => {
    const { octets, root } = fixture('nested-signed');
    const signed = [...everyPart(root)].find(({ type }) => type === 'multipart/signed');
    expect(signed && (await verifyPart(octets, signed))).toMatchObject(valid);
  });

  test('calls what cannot hold a signature malformed', async () => {
    const { octets, root } = openMessage(Buffer.concat([header, Buffer.from('\r\nhello')]));
    expect((await verifyPart(octets, root)).kind).toBe('malformed');
    const three = (await clearSigned('rsa'))
      .toString('latin1')
      .replace(`--${boundary}\r\n`, `--${boundary}\r\n\r\nmore\r\n--${boundary}\r\n`);
    const odd = openMessage(Buffer.from(three, 'latin1'));
    expect(odd.root.parts).toHaveLength(3);
    expect(signedEntityOf(odd.octets, odd.root)).toBeNull();
    expect((await verifyPart(odd.octets, odd.root)).kind).toBe('malformed');
  });
});

describe('writeMultipartSigned()', () => {
  test.each(['rsa', 'p384', 'ed25519', 'ed448'])('writes what verifies, for %s', async (who) => {
    const { octets, root } = openMessage(await clearSigned(who));
    expect(await verifyPart(octets, root)).toMatchObject(valid);
  });

  test('keeps the octets that were signed, and names the digest', async () => {
    const octets = await clearSigned('rsa', 'p521');
    expect(
      octets.includes(Buffer.concat([Buffer.from(`--${boundary}\r\n`), content, Buffer.from(`\r\n--${boundary}\r\n`)])),
    ).toBe(true);
    expect(octets.toString('latin1')).toContain('micalg="sha-256,sha-512"');
    expect((await clearSigned('ed448')).toString('latin1')).toContain('micalg=shake256;');
  });

  test.skipIf(opensslVersion === null)('writes what openssl verifies', async () => {
    using openssl = openOpenssl();
    const file = openssl.file('message', await clearSigned('p384'));
    const made = openssl.run('cms', '-verify', '-in', file, '-CAfile', `${fixtures}ca.pem`);
    expect(made).toEqual(content);
  });
});

describe('writePkcs7Mime()', () => {
  test('writes opaque signatures that verify', async () => {
    const signed = await signOpaque(content, signingWith(person('p256')));
    if (signed.kind !== 'signed') throw new Error(signed.reason);
    const { octets, root } = openMessage(Buffer.concat([header, await writePkcs7Mime(signed.octets, 'signed-data')]));
    expect(await verifyPart(octets, root)).toMatchObject({ ...valid, content });
  });

  test('writes lines of 76 characters, every length, that any reader decodes', async () => {
    for (const length of [0, 1, 2, 3, 56, 57, 58, 114, 57 * 512, 57 * 512 + 1, 100_000]) {
      const cms = Buffer.alloc(length, 'ab\x00\xff');
      const text = (await writePkcs7Mime(cms, 'compressed-data')).toString('latin1');
      const body = text.slice(text.indexOf('\r\n\r\n') + 4);
      expect(body).toBe(cms.toString('base64').replaceAll(/(.{1,76})/g, '$1\r\n'));
    }
  });

  test.skipIf(opensslVersion === null)('writes encrypted entities that openssl opens', async () => {
    using openssl = openOpenssl();
    for (const cipher of ['aes-128-cbc', 'aes-256-gcm'] as const) {
      const made = await encrypt(content, [person('p256')], cipher);
      if (made.kind !== 'encrypted') throw new Error(made.reason);
      const file = openssl.file('message', Buffer.concat([header, await writePkcs7Mime(made.octets, made.smimeType)]));
      const key = ['-recip', `${fixtures}p256.pem`, '-inkey', `${fixtures}p256.key`];
      expect(openssl.run('cms', '-decrypt', '-binary', '-in', file, ...key)).toEqual(content);
    }
  });
});

test('triple wrapping goes in and comes out again (RFC 2634 §1.1)', async () => {
  const signed = await clearSigned('rsa');
  const entity = signed.subarray(header.length);
  const encrypted = await encrypt(entity, [person('p384')]);
  if (encrypted.kind !== 'encrypted') throw new Error(encrypted.reason);
  const outer = await signOpaque(
    await writePkcs7Mime(encrypted.octets, encrypted.smimeType),
    signingWith(person('p256')),
  );
  if (outer.kind !== 'signed') throw new Error(outer.reason);
  const { octets, root } = openMessage(Buffer.concat([header, await writePkcs7Mime(outer.octets, 'signed-data')]));
  const verified = await verifyPart(octets, root);
  if (verified.kind !== 'signed' || !verified.content) throw new Error('no content');
  const middle = openMessage(verified.content);
  const opened = await decrypt(contentOf(middle.octets, middle.root), [person('p384')]);
  if (opened.kind !== 'decrypted') throw new Error('not decrypted');
  const inner = openMessage(opened.content);
  expect(await verifyPart(inner.octets, inner.root)).toMatchObject(valid);
});

describe('compressed data', () => {
  test('comes out again', async () => {
    expect(await decompress(await compress(content))).toMatchObject({ kind: 'decompressed', content });
  });

  test('that would grow beyond size or ratio is refused', async () => {
    const bomb = await compress(Buffer.alloc(20_000_000));
    expect((await decompress(bomb)).kind).toBe('too-large');
    expect((await decompress(bomb, { size: 30_000_000, ratio: 2000, free: 0 })).kind).toBe('decompressed');
    expect((await decompress(bomb, { size: 10_000_000, ratio: 2000, free: 0 })).kind).toBe('too-large');
  });

  test('that is none is malformed', async () => {
    const octets = await compress(content);
    octets.fill(0, octets.length - 30);
    expect((await decompress(octets)).kind).toBe('malformed');
    expect((await decompress(content)).kind).toBe('malformed');
  });
});
