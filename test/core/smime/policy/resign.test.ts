import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMessage } from '../../../../core/message/message.ts';
import { verifyPart } from '../../../../core/smime/entity.ts';
import type { Keystore } from '../../../../core/smime/keystore.ts';
import * as pki from '../pki.ts';
import * as kit from './kit.ts';

const ann = kit.somebody('ann@example.test');
const rsa = kit.somebody('rsa@example.test', pki.keys.rsa());
const eve = kit.somebody('ann@example.test', pki.keys.ec(), {}, kit.stranger);
const mallory = kit.somebody('mallory@example.test');
const gateway = kit.somebody('gateway@example.test');
let keystore: Keystore;
beforeAll(async () => {
  keystore = await kit.keystoreOf([ann, rsa], [], { mx: gateway });
});
afterAll(() => keystore[Symbol.asyncDispose]());

const header = kit.headerOf(ann.address);
const verdictsOf = async (octets: Buffer, path = ''): Promise<readonly string[]> => {
  const message = openMessage(octets);
  const part = path === '' ? message.root : message.root.parts[Number(path) - 1];
  const found = part && (await verifyPart(octets, part));
  return found?.kind === 'signed' ? found.signers.map(({ verdict }) => verdict.kind) : [found?.kind ?? 'none'];
};
const fieldsOf = (octets: Buffer) => openMessage(octets).data('none').fields;
const contentFields = /^(?:content-|mime-version|x-sluice|authentication-results)/i;

describe('resign', () => {
  test.each([
    ['clear', kit.clear],
    ['opaque', kit.opaque],
  ])('signs a %s message again as it was signed (R34)', async (_, sign) => {
    const octets = kit.messageOf(header, await sign(kit.alternative, [ann]));
    const result = await kit.edit(octets, { signed: ['resign'] }, keystore);
    const out = kit.octetsOf(result);
    expect(await verdictsOf(out)).toEqual(['valid']);
    expect(openMessage(out).root.type).toBe(openMessage(octets).root.type);
    const found = await verifyPart(out, openMessage(out).root);
    expect(found.kind === 'signed' && found.content ? Buffer.from(found.content).toString() : out.toString()).toContain(
      '<p>DISCLAIMER</p>',
    );
    expect(fieldsOf(out).filter(([name]) => !contentFields.test(name))).toEqual(
      fieldsOf(octets).filter(([name]) => !contentFields.test(name)),
    );
  });

  test('of a nested signature leaves everything around it', async () => {
    const octets = Buffer.concat([
      Buffer.from(`${header}Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n`),
      await kit.clear(kit.text(), [ann]),
      Buffer.from('\r\n--out\r\nContent-Type: application/pdf\r\n\r\npdf\r\n--out--\r\n'),
    ]);
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['resign'] }, keystore));
    expect(await verdictsOf(out, '1')).toEqual(['valid']);
    expect(out.toString()).not.toContain('X-Sluice-Inside');
    expect(out.toString()).toContain('\r\n--out\r\nContent-Type: application/pdf\r\n\r\npdf\r\n--out--\r\n');
  });

  test('of every signature, when one is inside another', async () => {
    const twice = await kit.opaque(await kit.clear(kit.text(), [ann]), [ann]);
    const out = kit.octetsOf(await kit.edit(kit.messageOf(header, twice), { signed: ['resign'] }, keystore));
    const outer = await verifyPart(out, openMessage(out).root);
    expect(outer).toMatchObject({ kind: 'signed', signers: [{ verdict: { kind: 'valid' } }] });
    const inside = Buffer.from(outer.kind === 'signed' ? (outer.content ?? []) : []);
    expect(await verdictsOf(inside)).toEqual(['valid']);
    expect(inside.toString()).toContain('DISCLAIMER');
  });

  test('carries the capabilities of the signer over, and signs a PSS signature with PSS (R34)', async () => {
    const capabilities = Buffer.from('300d300b060960864801650304012a', 'hex');
    const octets = kit.messageOf(
      kit.headerOf(rsa.address),
      await kit.clear(kit.text(), [rsa], { capabilities, padding: 'pss' }),
    );
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['resign'] }, keystore));
    const found = await verifyPart(out, openMessage(out).root);
    expect(found).toMatchObject({ signers: [{ verdict: { kind: 'valid' }, signature: 'rsa-pss', capabilities }] });
  });

  test('by the gateway: Sender is the gateway, and a notice names the signer', async () => {
    const octets = kit.messageOf(header, await kit.clear(kit.text(), [ann]));
    const out = kit.octetsOf(
      await kit.edit(octets, { signed: ['resign'], resignAs: 'gateway', gateway: 'mx' }, keystore),
    );
    expect(fieldsOf(out)).toContainEqual(['Sender', '<gateway@example.test>']);
    const found = await verifyPart(out, openMessage(out).root);
    expect(found).toMatchObject({ signers: [{ verdict: { kind: 'valid' }, certificate: gateway.certificate }] });
    expect(out.toString()).toMatch(/was\s+signed\s+by\s+ann@example\.test/);
  });

  test.each([
    [
      'invalid',
      async () =>
        Buffer.from((await kit.clear(kit.text(), [ann])).toString('latin1').replace('signed.', 'forged.'), 'latin1'),
    ],
    ['untrusted', () => kit.clear(kit.text(), [eve])],
    ['mismatch', () => kit.clear(kit.text(), [mallory])],
  ])('never turns an %s signature into a valid one', async (verdict, entity) => {
    const octets = kit.messageOf(header, await entity());
    const result = await kit.edit(octets, { signed: ['resign', 'wrap'] }, keystore);
    expect(result).toMatchObject({
      record: { action: 'wrap', fallbacks: [{ action: 'resign' }], signers: [{ verdict }] },
    });
    expect(await kit.edit(octets, { signed: ['resign'] }, keystore)).toMatchObject({ kind: 'skip' });
  });

  test.each([
    ['no keystore', header, ann, async () => null],
    ['no key of From', kit.headerOf(mallory.address), mallory, async () => keystore],
    [
      'an expired key',
      header,
      ann,
      () =>
        kit.keystoreOf([
          kit.somebody(ann.address, pki.keys.ec(), { notBefore: pki.noon - 9 * pki.day, notAfter: pki.noon - pki.day }),
        ]),
    ],
    [
      'a key that may not sign',
      header,
      ann,
      () =>
        kit.keystoreOf([
          kit.somebody(ann.address, pki.keys.ec(), {
            extensions: [pki.keyUsage(4), pki.subjectAltName(pki.general.email(ann.address))],
          }),
        ]),
    ],
  ])('refuses with %s (R35)', async (_, head, who, open) => {
    const octets = kit.messageOf(head, await kit.clear(kit.text(), [who]));
    const store = await open();
    const result = await kit.edit(octets, { signed: ['resign'] }, store);
    expect(result).toMatchObject({ kind: 'skip', record: { fallbacks: [{ action: 'resign' }] } });
    if (store && store !== keystore) await store[Symbol.asyncDispose]();
  });

  test('compares addresses without regard to case (R35)', async () => {
    const octets = kit.messageOf(kit.headerOf('Ann@EXAMPLE.test'), await kit.clear(kit.text(), [ann]));
    expect(await kit.edit(octets, { signed: ['resign'] }, keystore)).toMatchObject({ kind: 'sealed' });
  });

  test('signs for whoever had signed, and for nobody else: the Sender’s signature does not become the author’s', async () => {
    const from = kit.headerOf(rsa.address, `Sender: ${ann.address}\r\n`);
    const octets = kit.messageOf(from, await kit.clear(kit.text(), [ann]));
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['resign'] }, keystore));
    expect(await verifyPart(out, openMessage(out).root)).toMatchObject({ signers: [{ certificate: ann.certificate }] });
  });

  test('several signers need the word of the policy (R42)', async () => {
    const people = Array.from({ length: 10 }, () => kit.somebody(ann.address));
    const octets = kit.messageOf(header, await kit.clear(kit.text(), people));
    const policy = { signed: ['resign', 'strip'] } as const;
    const skipped = await kit.edit(octets, policy, keystore);
    expect(skipped).toMatchObject({ kind: 'skip', record: { fallbacks: [{ action: 'resign' }, { action: 'strip' }] } });
    expect('record' in skipped && skipped.record.signers).toHaveLength(10);
    const out = kit.octetsOf(await kit.edit(octets, { ...policy, severalSigners: 'proceed' }, keystore));
    expect(await verdictsOf(out)).toEqual(['valid']);
  });
});
