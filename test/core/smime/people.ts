import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { privateKeyOf } from '../../../core/smime/private-key.ts';

/** A folder with `NAME.key` and `NAME.pem` for each of them, and `ca.pem`. */
export const fixtures = new URL('fixtures/', import.meta.url).pathname;

export type Person = {
  readonly name: string;
  readonly certificate: Buffer;
  readonly key: KeyObject;
  readonly use: ReturnType<typeof privateKeyOf>;
};

/** Somebody of the test CA, named by the kind of key. */
export function person(name: string): Person {
  const key = createPrivateKey(readFileSync(`${fixtures}${name}.key`));
  const certificate = new X509Certificate(readFileSync(`${fixtures}${name}.pem`)).raw;
  return { name, certificate, key, use: privateKeyOf(key) };
}

export const content = Buffer.from(
  'Content-Type: text/plain; charset=utf-8\r\n\r\nHello Bob,\r\n\r\nthis is signed.\r\n\r\nAnn\r\n',
);

/** Signing with fixed time. */
export const signingWith = (...people: readonly Person[]) => ({
  signers: people,
  chain: [],
  signingTime: Date.parse('2026-11-23T12:00:00Z'),
});
