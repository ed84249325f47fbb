import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMessage } from '../../../../core/message/message.ts';
import { decrypt } from '../../../../core/smime/decrypt.ts';
import { decodedBody, verifyPart } from '../../../../core/smime/entity.ts';
import { heavyFrom, work } from '../../../../core/smime/heavy.ts';
import { doWork, type Work } from '../../../../core/smime/heavy/work.ts';
import type { Keystore } from '../../../../core/smime/keystore.ts';
import * as kit from './kit.ts';

const ann = kit.somebody('ann@example.test');
let keystore: Keystore;
beforeAll(async () => {
  keystore = await kit.keystoreOf([ann]);
});
afterAll(() => keystore[Symbol.asyncDispose]());

const size = process.env['LONG'] ? 18_000_000 : 1_200_000;
const attachment = Buffer.alloc(size, 'Sluice').toString('base64').replaceAll(/.{76}/g, '$&\r\n');
const entity = Buffer.from(
  'Content-Type: multipart/mixed; boundary=big\r\n\r\n--big\r\nContent-Type: text/plain\r\n\r\nhello\r\n--big\r\n' +
    `Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n${attachment}\r\n--big--\r\n`,
);
const header = kit.headerOf(ann.address);

test('a thread gives what this one would, and leaves the octets it was given alone', async () => {
  const octets = Buffer.alloc(heavyFrom + 5, 'a\nb');
  const copy = Buffer.from(octets);
  const [key, nonce] = [Buffer.alloc(32, 1), Buffer.alloc(12, 2)];
  const all: readonly Work[] = [
    { kind: 'digest', octets, digest: 'sha256', form: 'raw' },
    { kind: 'digest', octets, digest: 'sha512', form: 'crlf' },
    { kind: 'encode', octets },
    { kind: 'decode', octets: Buffer.from(octets.toString('base64')) },
    { kind: 'encipher', octets, cipher: 'aes-256-gcm', key, nonce },
  ];
  const there = await Promise.all(all.map(work));
  for (const [index, one] of all.entries()) {
    const here = doWork(one);
    expect(Buffer.compare(there[index]?.octets ?? copy, here.octets)).toBe(0);
    expect(there[index]?.tag).toEqual(new Uint8Array(here.tag));
  }
  expect(octets.equals(copy)).toBe(true);
});

test('large messages are signed and encrypted again (R83)', async () => {
  const clear = kit.messageOf(header, await kit.clear(entity, [ann]));
  const opaque = kit.messageOf(header, await kit.opaque(entity, [ann]));
  for (const octets of [clear, opaque]) {
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['resign'] }, keystore));
    expect(await verifyPart(out, openMessage(out).root)).toMatchObject({ signers: [{ verdict: { kind: 'valid' } }] });
  }
  const secret = kit.messageOf(header, await kit.enveloped(await kit.clear(entity, [ann]), [ann], 'aes-256-cbc'));
  const out = kit.octetsOf(await kit.edit(secret, { signed: ['resign'], encrypted: ['rekey'] }, keystore));
  const opened = await decrypt(await decodedBody(out, openMessage(out).root), [ann]);
  expect(opened.kind === 'decrypted' && opened.content.includes('DISCLAIMER')).toBe(true);
});
