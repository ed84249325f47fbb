import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { smimeCapability } from '../../core/capabilities/smime.ts';
import { protectionOptions } from '../../core/events/protection.ts';
import { createEditables } from '../../core/platform/editable-message.ts';
import { createHarvester } from '../../core/platform/harvester.ts';
import { createSmimeRoom } from '../../core/platform/smime-room.ts';
import { createCustody } from '../../core/smime/custody.ts';
import { smimeOptions } from '../../core/smime/options.ts';
import { createTrust } from '../../core/smime/trust.ts';
import { verifyDetached } from '../../core/smime/verify.ts';
import { openOpenssl, opensslVersion } from '../core/smime/openssl.ts';
import * as mail from '../support/smime-mail.ts';

const quiet = { info: () => undefined, warn: () => undefined };

/** Keys and trust as a running Sluice has them, with the key of `rsa`. */
async function open(more: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-custody-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'passphrase'), 'correct horse');
  const custody = createCustody({ data: folder, log: quiet, now: Date.now });
  onTestFinished(() => custody[Symbol.asyncDispose]());
  const keys = { passphraseFile: join(folder, 'passphrase') };
  await custody.apply(smimeOptions.parse({ keys, trust: { certificates: [mail.ca] }, ...more }));
  const source = { kind: 'octets', octets: new Uint8Array(mail.pemOf('rsa')) } as const;
  await custody.keystore()?.importKeys({ source, password: null, owner: null });
  const parts = () => ({
    trust: custody.trust(),
    keystore: custody.keystore(),
    now: Date.now,
    hostname: 'mx.example.test',
  });
  const editables = createEditables(parts, quiet, createHarvester(custody, parts, quiet));
  onTestFinished(() => editables[Symbol.asyncDispose]());
  return { custody, editables };
}

const by = (smime: object) => ({ key: 'mx/a/a', virtualServer: 'mx', smime: protectionOptions.parse(smime) });
const text = [{ kind: 'insert-text', position: 'after', plain: 'More.', html: 'More.' }] as const;
const field = (name: string) => [{ kind: 'append-field', name, value: '1' }] as const;

describe.skipIf(opensslVersion === null)('a message that is signed', () => {
  test('gets header fields nothing protects from everybody, before and after it is opened', async () => {
    using openssl = openOpenssl();
    const { editables } = await open();
    const message = await editables.openEditable(mail.signedMail(openssl, 'rsa', 'bob'), 'm1');
    expect(await message.edit(field('X-Before'), by({}))).toMatchObject({
      kind: 'apply',
      outcomes: [{ kind: 'done' }],
    });
    expect(await message.edit(text, by({}))).toMatchObject({ kind: 'skip', note: { action: 'skip' } });
    expect(await message.edit(text, by({ signed: 'resign' }))).toMatchObject({
      kind: 'apply',
      note: { action: 'resign' },
    });
    expect(await message.edit(field('X-After'), by({}))).toMatchObject({ kind: 'apply' });
    expect(await message.edit(text, by({ signed: 'strip' }))).toMatchObject({
      kind: 'skip',
      reason: expect.stringContaining('allows strip'),
    });
    expect(await message.edit(text, by({ signed: ['strip', 'resign'] }))).toMatchObject({ kind: 'apply' });
    expect(await message.text()).toContain('More.');
    expect(await message.seal()).toEqual({ kind: 'sealed' });
    const written = Buffer.from(await message.write());
    for (const name of ['X-Before', 'X-After']) expect(written.toString()).toContain(`\r\n${name}: 1\r\n`);
    expect(mail.verifyMail(openssl, written)).toHaveProperty('content', expect.stringMatching(/More\.[^]*More\./));
  });

  test('is edited by a later binding only when that allows all the first one needed (R42, R54)', async () => {
    using openssl = openOpenssl();
    const { editables } = await open();
    const proceed = { signed: 'strip', severalSigners: 'proceed' };
    const several = await editables.openEditable(mail.signedMail(openssl, ['rsa', 'p256'], 'bob'), 'm1');
    expect(await several.edit(text, by({ signed: 'strip' }))).toMatchObject({ kind: 'skip' });
    expect(await several.edit(text, by(proceed))).toMatchObject({ kind: 'apply', note: { action: 'strip' } });
    const skip = { kind: 'skip', reason: expect.stringContaining('severalSigners: skip') };
    expect(await several.edit(text, by({ signed: 'strip' }))).toMatchObject(skip);
    expect(await several.edit(text, by(proceed))).toMatchObject({ kind: 'apply' });

    const both = { signed: 'resign', encrypted: 'rekey' };
    const encrypted = await editables.openEditable(mail.encryptedMail(openssl, 'rsa', 'bob', ['rsa']), 'm2');
    expect(await encrypted.edit(text, by(both))).toMatchObject({ kind: 'apply', note: { action: 'rekey' } });
    const inner = { kind: 'skip', reason: expect.stringContaining('resign, and this binding allows skip') };
    expect(await encrypted.edit(text, by({ encrypted: 'rekey' }))).toMatchObject(inner);
    expect(await encrypted.edit(text, by(both))).toMatchObject({ kind: 'apply' });
  });

  test('goes on as it was when its protection cannot be put back', async () => {
    using openssl = openOpenssl();
    const { custody, editables } = await open();
    const message = await editables.openEditable(mail.signedMail(openssl, 'rsa', 'bob'), 'm1');
    await message.edit(text, by({ signed: 'resign' }));
    await custody.keystore()?.[Symbol.asyncDispose]();
    expect(await message.seal()).toEqual({ kind: 'problem', reason: expect.stringContaining('keys.unavailable') });
    expect(await message.write()).toBe(message.octets);
  });

  test('shows sinks what was encrypted to nobody but in its cipher', async () => {
    using openssl = openOpenssl();
    const { editables } = await open();
    const message = await editables.openEditable(mail.encryptedMail(openssl, 'rsa', 'bob', ['rsa']), 'm1');
    expect(await message.edit(text, by({ signed: 'resign', encrypted: 'rekey' }))).toMatchObject({
      note: { action: 'rekey' },
    });
    expect([await message.text(), await message.html(), message.data().protection]).toEqual([null, null, 'encrypted']);
    expect(JSON.stringify(message.data())).not.toContain('the contract');
  });

  test('leaves its certificate when the configuration says so, and only when it verified', async () => {
    using openssl = openOpenssl();
    const octets = mail.signedMail(openssl, 'p384', 'bob');
    const forged = Buffer.from(octets.toString('latin1').replace('the contract', 'no contract'), 'latin1');
    const { custody, editables } = await open({ harvest: 'verified' });
    const known = () => custody.keystore()?.certificatesOf('p384@example.org').length;
    await editables.openEditable(forged, 'm1');
    await editables.openEditable(mail.signedMail(openssl, 'p521', 'bob'), 'm2');
    await expect.poll(() => custody.keystore()?.certificatesOf('p521@example.org').length).toBe(1);
    expect(known()).toBe(0);
    await editables.openEditable(octets, 'm3');
    await expect.poll(known).toBe(1);
  });
});

const untrusting = () => ({ trust: createTrust([]), keystore: null, now: Date.now, hostname: 'mx' });

async function openWith(content: Buffer, largest: number | null, hop: number | null = null) {
  const editables = createEditables(untrusting, quiet, undefined, (id) => (id === 'mx' ? largest : null));
  onTestFinished(() => editables[Symbol.asyncDispose]());
  return await editables.openEditable(content, 'm1', hop);
}

describe('R73: a message', () => {
  const octets = Buffer.from('Subject: a\r\n\r\nhello\r\n');
  const large = Buffer.concat([
    octets,
    Buffer.alloc(200_000, 'a line of seventy octets or so that goes on and on\r\n'),
  ]);

  test.each([
    ['small', octets],
    ['large', large],
  ])('that is %s never grows over SIZE, its own or that of the next hop, and says why', async (_, content) => {
    for (const [own, hop] of [
      [content.length + 4, null],
      [null, content.length + 4],
      [content.length + 100, content.length + 4],
      [content.length - 1, null],
    ] as const) {
      const message = await openWith(content, own, hop);
      const edited = await message.edit(text, by({}));
      const reason = expect.stringMatching(/octets, and \d+ are allowed \(SIZE, RFC 1870\)$/);
      expect(edited).toMatchObject({ kind: 'apply', outcomes: [{ kind: 'skipped', reason }] });
      expect(await message.write()).toBe(content);
    }
  });

  test('may shrink, and grow as far as it goes', async () => {
    const message = await openWith(octets, octets.length);
    const shrink = [{ kind: 'remove-fields', name: 'Subject' }] as const;
    expect(await message.edit(shrink, by({}))).toMatchObject({ outcomes: [{ kind: 'done' }] });
    expect(await message.edit(field('X'), by({}))).toMatchObject({ outcomes: [{ kind: 'done' }] });
    expect((await message.write()).length).toBeLessThanOrEqual(octets.length);
    expect(await message.edit(text, by({}))).toMatchObject({ outcomes: [{ kind: 'skipped' }] });
  });
});

/** A call as the host side gets it. */
const call = (octets: Uint8Array, grant: object) => ({
  binding: { key: 'mx/a/a', virtualServer: 'mx', sink: 'a', name: 'a', revision: { hash: 'x' }, grants: {} },
  event: 'onArrival',
  traceId: 't1',
  message: { octets, text: () => null, html: () => null },
  deadline: 1_000,
  until: Date.now() + 1_000,
  grant: { decrypt: false, sign: [], ...grant },
});

describe.skipIf(opensslVersion === null)('a sink with the grant smime', () => {
  test('is told of signatures, and reads and signs only what its grant names', async () => {
    using openssl = openOpenssl();
    const { custody } = await open();
    const smime = smimeCapability({ smime: createSmimeRoom(custody, Date.now), limits: { hit: () => undefined } });
    const signed = mail.signedMail(openssl, 'rsa', 'bob');
    expect(await smime.verify(call(signed, {}), [])).toMatchObject([
      { verdict: 'valid', addresses: ['rsa@example.org'] },
    ]);
    expect(await smime.verify(call(Buffer.from('Subject: x\r\n\r\n'), {}), [])).toEqual([]);

    const encrypted = mail.encryptedMail(openssl, 'rsa', 'bob', ['rsa']);
    await expect(async () => smime.decrypt(call(encrypted, {}), [])).rejects.toThrow(
      'not granted: add `smime: { decrypt: true }`',
    );
    const opened = await smime.decrypt(call(encrypted, { decrypt: true }), []);
    expect(opened).toMatchObject({
      kind: 'decrypted',
      authenticated: false,
      text: expect.stringContaining('the contract'),
    });
    expect(await smime.decrypt(call(signed, { decrypt: true }), [])).toEqual({ kind: 'failed' });

    const entity = 'Content-Type: text/plain\n\nHello\n';
    const refused = { kind: 'refused', reason: 'the binding may not sign as rsa@example.org, but as gateway:mx' };
    expect(await smime.sign(call(signed, { sign: ['gateway:mx'] }), [entity, 'rsa@example.org'])).toEqual(refused);
    const made = await smime.sign(call(signed, { sign: ['RSA@example.org'] }), [entity, 'rsa@example.org']);
    expect(made).toMatchObject({ kind: 'signed', micalg: 'sha-256' });
    const signature = Buffer.from('signature' in made ? made.signature : '', 'base64');
    const verified = await verifyDetached(signature, Buffer.from(entity.replaceAll('\n', '\r\n')));
    expect(verified).toMatchObject({ signers: [{ verdict: { kind: 'valid' } }] });
    expect(JSON.stringify(made)).not.toContain('PRIVATE');
  });
});
