import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { openMessage, type MessageEdit } from '../../../../core/message/message.ts';
import { parseCertificate, type Certificate } from '../../../../core/smime/certificate.ts';
import { encrypt, type EncryptionRecipient, type WrittenCipher } from '../../../../core/smime/encrypt.ts';
import { writeMultipartSigned, writePkcs7Mime } from '../../../../core/smime/entity.ts';
import { openKeystore, type Keystore, type KeyOwner } from '../../../../core/smime/keystore.ts';
import { defaultPolicy, openProtected, type ProtectionPolicy } from '../../../../core/smime/policy.ts';
import { privateKeyOf } from '../../../../core/smime/private-key.ts';
import { signDetached, signOpaque, type Signing } from '../../../../core/smime/sign.ts';
import { createTrust, type Trust } from '../../../../core/smime/trust.ts';
import * as pki from '../pki.ts';

/** An authority, people it has certified, a keystore with some of their keys: all that a message needs. */
const root = pki.rootOf('Root', pki.keys.ec(), 'ecdsa');
export const rootCertificate = root.certificate;
export const at = pki.noon;

export type Somebody = {
  readonly address: string;
  readonly certificate: Buffer;
  readonly key: KeyObject;
  readonly use: ReturnType<typeof privateKeyOf>;
};

const extensionsFor = (address: string) => [
  pki.keyUsage(0, 2, 4),
  pki.extendedKeyUsage('1.3.6.1.5.5.7.3.4'),
  pki.subjectAltName(pki.general.email(address)),
];

/** Makes somebody whose certificate is good for signing and encrypting. */
export function somebody(
  address: string,
  own: pki.Keys = pki.keys.ec(),
  more: Partial<pki.Request> = {},
  issuer: pki.Issuer = root,
): Somebody {
  const certificate = pki.personOf(address, own, issuer, { extensions: extensionsFor(address), ...more });
  return { address, certificate, key: own.privateKey, use: privateKeyOf(own.privateKey) };
}

export const stranger = pki.rootOf('Stranger', pki.keys.ec(), 'ecdsa');

function read(octets: Uint8Array): Certificate {
  const parsed = parseCertificate(octets);
  if (parsed.kind === 'malformed') throw new Error(parsed.reason.text);
  return parsed.certificate;
}

export const trust: Trust = createTrust([read(root.certificate)]);

export const pemOf = ({ key, certificate }: Somebody): string =>
  `${key.export({ type: 'pkcs8', format: 'pem' })}${pki.pem(certificate)}`;

/** A keystore with these keys, and the certificates of others; `gateway` owns the keys of that name. */
export async function keystoreOf(
  people: readonly Somebody[],
  others: readonly Somebody[] = [],
  gateway: Readonly<Record<string, Somebody>> = {},
): Promise<Keystore> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-policy-'));
  process.env['SLUICE_POLICY_TEST'] = 'a passphrase';
  const cost = { N: 2 ** 10, r: 8, p: 1 };
  const passphrase = { kind: 'env', name: 'SLUICE_POLICY_TEST' } as const;
  const keystore = await openKeystore({ folder: join(folder, 'keys'), passphrase, cost, now: () => at });
  if ('kind' in keystore) throw new Error(keystore.text);
  const put = async (one: Somebody, owner: KeyOwner | null): Promise<void> => {
    const source = { kind: 'octets', octets: new Uint8Array(Buffer.from(pemOf(one))) } as const;
    const answer = await keystore.importKeys({ source, password: null, owner });
    if (answer.kind !== 'imported') throw new Error(answer.text);
  };
  for (const one of people) await put(one, null);
  for (const [name, one] of Object.entries(gateway)) await put(one, { kind: 'gateway', name });
  for (const { certificate } of others) await keystore.certificates.keep(read(certificate));
  const close = keystore[Symbol.asyncDispose].bind(keystore);
  return {
    ...keystore,
    async [Symbol.asyncDispose]() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The header of a message; Content-* fields follow. */
export const headerOf = (from: string, more = ''): string =>
  `Received: from a by b; Mon, 23 Nov 2026 12:00:00 +0000\r\nFrom: Ann <${from}>\r\nTo: bob@example.test\r\n` +
  `Subject: Hello\r\nMessage-ID: <1@example.test>\r\nMIME-Version: 1.0\r\n${more}`;

export const text = (body = 'Hello Bob,\r\n\r\nthis is signed.\r\n', more = ''): Buffer =>
  Buffer.from(`${more}Content-Type: text/plain; charset=utf-8\r\n\r\n${body}`);

export const alternative = Buffer.from(
  'Content-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\nContent-Type: text/plain\r\n\r\nplain\r\n' +
    '--alt\r\nContent-Type: text/html\r\n\r\n<html><body><p>html</p></body></html>\r\n--alt--\r\n',
);

type How = Partial<Omit<Signing, 'signers'>> & { readonly padding?: 'pkcs1' | 'pss' };

const signingOf = (people: readonly Somebody[], { padding, ...more }: How): Signing => ({
  signers: people.map((one) => ({ ...one, ...(padding && { padding }) })),
  chain: [],
  signingTime: at - 60_000,
  ...more,
});

/** A multipart/signed entity. */
export async function clear(entity: Buffer, people: readonly Somebody[], how: How = {}): Promise<Buffer> {
  const signed = await signDetached(entity, signingOf(people, how));
  if (signed.kind !== 'signed') throw new Error(signed.reason);
  return writeMultipartSigned(entity, signed, `sig${entity.length}`);
}

/** An application/pkcs7-mime entity that is signed. */
export async function opaque(entity: Buffer, people: readonly Somebody[], how: How = {}): Promise<Buffer> {
  const signed = await signOpaque(entity, signingOf(people, how));
  if (signed.kind !== 'signed') throw new Error(signed.reason);
  return await writePkcs7Mime(signed.octets, 'signed-data');
}

export async function enveloped(
  entity: Buffer,
  people: readonly (Somebody & Pick<EncryptionRecipient, 'padding'>)[],
  cipher: WrittenCipher = 'aes-256-gcm',
): Promise<Buffer> {
  const made = await encrypt(entity, people, cipher);
  if (made.kind !== 'encrypted') throw new Error(made.reason);
  return await writePkcs7Mime(made.octets, made.smimeType);
}

/** A whole message. */
export const messageOf = (header: string, entity: Uint8Array): Buffer => Buffer.concat([Buffer.from(header), entity]);

/** A disclaimer. */
export const disclaimer: MessageEdit = {
  kind: 'insert-text',
  position: 'after',
  plain: 'DISCLAIMER',
  html: '<p>DISCLAIMER</p>',
};

/** Lets a policy loose on a message: what became of it, and the octets that go on. */
export async function edit(
  octets: Uint8Array,
  policy: Partial<ProtectionPolicy>,
  keystore: Keystore | null = null,
  edits: readonly MessageEdit[] = [disclaimer],
) {
  const parts = { trust, keystore, now: () => at, hostname: 'mx.example.test' };
  const result = await openProtected(openMessage(octets), edits, { ...defaultPolicy, ...policy }, parts);
  if (result.kind === 'plain') return { kind: 'plain' as const };
  if (result.kind !== 'opened') return { kind: result.kind, record: result.record };
  const report = result.message.edit(result.edits);
  const sealed = await result.seal();
  return { kind: sealed.kind, record: result.record, report, sealed, isDecrypted: result.isDecrypted };
}

export type Edited = Awaited<ReturnType<typeof edit>>;

/** The octets of a result that must be there. */
export function octetsOf(result: Edited): Buffer {
  if (!('sealed' in result) || result.sealed?.kind !== 'sealed')
    throw new Error(`not sealed: ${JSON.stringify(result)}`);
  return Buffer.from(result.sealed.octets);
}
