import { readFileSync } from 'node:fs';
import { fixtures } from '../core/smime/people.ts';
import type { Openssl } from '../core/smime/openssl.ts';

/** The authority that certified everybody of the fixtures. */
export const ca = `${fixtures}ca.pem`;
export const certificateOf = (name: string): string => `${fixtures}${name}.pem`;
export const keyOf = (name: string): string => `${fixtures}${name}.key`;

const text = 'Content-Type: text/plain; charset=utf-8\r\n\r\nHello Bob,\r\n\r\nthis is the contract.\r\n';

/** SMTP has CRLF; openssl writes LF. */
const crlf = (octets: Buffer): Buffer => Buffer.from(octets.toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1');

function withHeader(entity: Buffer, from: string, to: string): Buffer {
  const header = `From: ${from}@example.org\r\nTo: ${to}@example.test\r\nSubject: contract\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n`;
  return Buffer.concat([Buffer.from(header), crlf(entity)]);
}

/** A message that openssl signed: clear, or opaque. @param from a person of the fixtures, and more who sign, too */
export function signedMail(
  openssl: Openssl,
  from: string | readonly [string, ...string[]],
  to: string,
  form: 'clear' | 'opaque' = 'clear',
): Buffer {
  const who = typeof from === 'string' ? ([from] as const) : from;
  return withHeader(sign(openssl, who, form), who[0], to);
}

/** A message that openssl signed and then encrypted to people of the fixtures. */
export function encryptedMail(openssl: Openssl, from: string, to: string, readers: readonly string[]): Buffer {
  const inner = openssl.file('inner', crlf(sign(openssl, [from], 'clear')));
  const entity = openssl.run('cms', '-encrypt', '-aes-256-cbc', '-binary', '-in', inner, ...readers.map(certificateOf));
  return withHeader(entity, from, to);
}

function sign(openssl: Openssl, who: readonly string[], form: 'clear' | 'opaque'): Buffer {
  const input = openssl.file('content', Buffer.from(text));
  const by = who.flatMap((one) => ['-signer', certificateOf(one), '-inkey', keyOf(one)]);
  return openssl.run('cms', '-sign', '-binary', '-in', input, ...by, ...(form === 'opaque' ? ['-nodetach'] : []));
}

/** What openssl says of a message as it was fetched. @returns what was signed, or why it does not verify */
export function verifyMail(
  openssl: Openssl,
  octets: Buffer,
): { readonly content: string } | { readonly reason: string } {
  const file = openssl.file('mail', octets);
  try {
    return { content: openssl.run('cms', '-verify', '-CAfile', ca, '-purpose', 'any', '-in', file).toString() };
  } catch (error) {
    return { reason: String(error) };
  }
}

/** Decrypts a message with the key of a person. @throws Error */
export function decryptMail(openssl: Openssl, octets: Buffer, reader: string): Buffer {
  const file = openssl.file('mail', octets);
  return openssl.run('cms', '-decrypt', '-in', file, '-recip', certificateOf(reader), '-inkey', keyOf(reader));
}

/** Key and certificate of a person, as a file to import. */
export const pemOf = (name: string): Buffer =>
  Buffer.concat([keyOf(name), certificateOf(name)].map((file) => readFileSync(file)));
