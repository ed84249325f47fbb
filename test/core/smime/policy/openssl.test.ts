import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEntity } from '../../../../core/message/entity.ts';
import { openMessage } from '../../../../core/message/message.ts';
import type { Keystore } from '../../../../core/smime/keystore.ts';
import * as pki from '../pki.ts';
import { openOpenssl, opensslVersion, type Openssl } from '../openssl.ts';
import * as kit from './kit.ts';

const people = {
  'RSA PKCS #1': kit.somebody('rsa@example.test', pki.keys.rsa()),
  'RSA PSS': kit.somebody('pss@example.test', pki.keys.rsa()),
  'P-256': kit.somebody('p256@example.test'),
  'P-384': kit.somebody('p384@example.test', pki.keys.ec('P-384')),
  'P-521': kit.somebody('p521@example.test', pki.keys.ec('P-521')),
};
const kinds = Object.entries(people).map(([name, who]) => ({ name, who }));
let keystore: Keystore;
beforeAll(async () => {
  keystore = await kit.keystoreOf(Object.values(people));
});
afterAll(() => keystore[Symbol.asyncDispose]());

/** Has openssl verify a message. @returns what it says was signed @throws when it does not verify */
function verifyWith(openssl: Openssl, octets: Buffer): string {
  const authority = openssl.file('ca.pem', Buffer.from(pki.pem(kit.rootCertificate)));
  const input = ['-in', openssl.file('message', octets), '-inform', 'SMIME'];
  const at = ['-attime', String(kit.at / 1000), '-purpose', 'smimesign'];
  return openssl.run('cms', '-verify', ...input, '-CAfile', authority, ...at).toString();
}

function signWith(openssl: Openssl, entity: Buffer, who: kit.Somebody, options: readonly string[]): Buffer {
  const pem = openssl.file('who.pem', Buffer.from(kit.pemOf(who)));
  const input = ['-sign', '-crlfeol', '-in', openssl.file('entity', entity), '-signer', pem];
  return openssl.run('cms', ...input, ...options);
}

function decryptWith(openssl: Openssl, octets: Buffer, who: kit.Somebody): string {
  const pem = openssl.file('who.pem', Buffer.from(kit.pemOf(who)));
  const input = ['-in', openssl.file('message', octets), '-inform', 'SMIME'];
  return openssl.run('cms', '-decrypt', ...input, '-recip', pem).toString();
}

describe.skipIf(opensslVersion === null)(`what the policy makes, to ${opensslVersion ?? 'openssl (missing)'}`, () => {
  test.each(
    kinds.flatMap((kind) => [
      { ...kind, form: 'detached', options: [] },
      { ...kind, form: 'opaque', options: ['-nodetach'] },
    ]),
  )('resign of openssl’s $name, $form, verifies (R34)', async ({ name, who, options }) => {
    using openssl = openOpenssl();
    const pss = name === 'RSA PSS' ? ['-keyopt', 'rsa_padding_mode:pss'] : [];
    const made = signWith(openssl, kit.alternative, who, [...options, ...pss]).toString('latin1');
    const signed = made.replace(/\r?\n/g, '\r\n').replace(/^MIME-Version: 1.0\r\n/, '');
    const octets = kit.messageOf(kit.headerOf(who.address), Buffer.from(signed, 'latin1'));
    const result = await kit.edit(octets, { signed: ['resign'] }, keystore);
    expect(result).toMatchObject({ record: { action: 'resign', signers: [{ verdict: 'valid' }] } });
    expect(verifyWith(openssl, kit.octetsOf(result))).toContain('<p>DISCLAIMER</p>');
  });

  test.each(kinds)('wrap of $name keeps the part verifying (R36)', async ({ who }) => {
    using openssl = openOpenssl();
    const octets = kit.messageOf(kit.headerOf(who.address), await kit.clear(kit.alternative, [who]));
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['wrap'] }, keystore));
    const part = readEntity(openMessage(out), '1') ?? Buffer.alloc(0);
    const alone = Buffer.concat([Buffer.from('MIME-Version: 1.0\r\n'), part]);
    expect(verifyWith(openssl, alone)).toContain('<p>html</p>');
  });

  test.each(kinds)('explain of $name does not verify any more', async ({ who }) => {
    using openssl = openOpenssl();
    const octets = kit.messageOf(kit.headerOf(who.address), await kit.clear(kit.alternative, [who]));
    expect(verifyWith(openssl, octets)).toContain('<p>html</p>');
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['explain'] }, keystore));
    expect(() => verifyWith(openssl, out)).toThrow(/[Vv]erification failure/);
  });

  test.each(kinds)('rekey of $name decrypts, and what is inside verifies (R51, R52)', async ({ name, who }) => {
    using openssl = openOpenssl();
    const padding =
      name === 'RSA PSS'
        ? ({ kind: 'oaep', digest: 'sha256', label: new Uint8Array(0) } as const)
        : ({ kind: 'pkcs1' } as const);
    const inside = await kit.clear(kit.alternative, [who]);
    for (const cipher of ['aes-256-gcm', 'aes-128-cbc'] as const) {
      const octets = kit.messageOf(
        kit.headerOf(who.address),
        await kit.enveloped(inside, [{ ...who, padding }], cipher),
      );
      const result = await kit.edit(octets, { signed: ['resign'], encrypted: ['rekey'] }, keystore);
      const opened = decryptWith(openssl, kit.octetsOf(result), who);
      const whole = Buffer.from(`MIME-Version: 1.0\r\n${opened}`);
      expect(verifyWith(openssl, whole)).toContain('<p>DISCLAIMER</p>');
    }
  });

  test.each(kinds)('rekey reads what openssl encrypted for $name (R51)', async ({ who }) => {
    using openssl = openOpenssl();
    const pem = openssl.file('who.pem', Buffer.from(kit.pemOf(who)));
    const input = [
      '-encrypt',
      '-binary',
      '-in',
      openssl.file('entity', kit.alternative),
      '-aes-256-cbc',
      '-recip',
      pem,
    ];
    const made = openssl
      .run('cms', ...input)
      .toString('latin1')
      .replace(/\r?\n/g, '\r\n');
    const octets = kit.messageOf(kit.headerOf(who.address), Buffer.from(made.replace(/^MIME-Version: 1.0\r\n/, '')));
    const out = kit.octetsOf(await kit.edit(octets, { encrypted: ['rekey'], rekeyUnsigned: true }, keystore));
    expect(decryptWith(openssl, out, who)).toContain('<p>DISCLAIMER</p>');
  });
});
