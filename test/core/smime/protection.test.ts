import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMessage } from '../../../core/message/message.ts';
import { protectionOf } from '../../../core/smime/smime.ts';
import { fixtures, wire } from '../../messages/make.ts';

const messages = new Map(fixtures());
const classify = (octets: Buffer) => protectionOf(openMessage(octets));
test.each([
  ['smime/clear-signed.eml', 'signed', 'S/MIME multipart/signed at the top'],
  ['smime/opaque-signed.eml', 'signed', 'S/MIME signed-data in application/pkcs7-mime at the top'],
  ['smime/enveloped.eml', 'encrypted', 'S/MIME enveloped-data in application/pkcs7-mime at the top'],
  ['smime/auth-enveloped.eml', 'encrypted', 'S/MIME enveloped-data in application/pkcs7-mime at the top'],
  ['smime/nested-signed.eml', 'signed', 'S/MIME multipart/signed at 2.TEXT'],
  ['pgp-signed.eml', 'signed', 'PGP/MIME multipart/signed at the top'],
  ['pgp-encrypted.eml', 'encrypted', 'PGP/MIME multipart/encrypted at the top'],
  ['pgp-inline.eml', 'signed', 'inline PGP signed at the top'],
])('%s is %s', (name, protection, reason) => {
  const message = openMessage(messages.get(name) ?? Buffer.alloc(0));
  expect(protectionOf(message)).toEqual({ protection, reason });
});

test('everything else is not protected', () => {
  const open = [...messages].filter(([name]) => !/smime|pgp/.test(name));
  expect(open.length).toBeGreaterThan(4);
  for (const [, octets] of open) {
    const message = openMessage(octets);
    expect(protectionOf(message)).toEqual({ protection: 'none', reason: '' });
  }
});

const signedData = 'MIIGTgYJKoZIhvcNAQcCoIIGPzCCBjs=';
const envelopedData = 'MIAGCSqGSIb3DQEHA6CAMIACAQAxggFn'; // BER, indefinite length
const armored = '-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const qp = (text: string): string =>
  text.replaceAll(/[\s\S]/g, (char) => `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
const cms = (type: string, body: string): string =>
  `Content-Type: ${type}\nContent-Transfer-Encoding: base64\n\n${body}\n`;
const clear =
  'Content-Type: multipart/signed; protocol=x; boundary=s\n\n--s\n\nx\n--s\nContent-Type: a/b\n\ny\n--s--\n';

describe('whatever it is called', () => {
  test.each([
    ['a wrong smime-type', cms('application/pkcs7-mime; smime-type=signed-data', envelopedData), 'encrypted'],
    ['x-pkcs7-mime without parameters', cms('APPLICATION/X-PKCS7-MIME', signedData), 'signed'],
    ['octet-stream with a name', cms('application/octet-stream; name="smime.p7m"', envelopedData), 'encrypted'],
    [
      'octet-stream with an encoded name',
      cms("application/octet-stream; name*=utf-8''smime%2Ep7m", 'AAAA'),
      'unknown-crypto',
    ],
    ['octet-stream without a name', cms('application/octet-stream', signedData), 'signed'],
    ['base64 that nobody names', `Content-Type: application/pkcs7-mime\n\n${signedData}\n`, 'signed'],
    [
      'binary',
      `Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: binary\n\n${Buffer.from(signedData, 'base64').toString('latin1')}`,
      'signed',
    ],
    ['a lone signature', cms('application/pkcs7-signature', signedData), 'signed'],
    ['compressed data', cms('application/pkcs7-mime', 'MIAGCyqGSIb3DQEJEAEJoIAwgAIBADAN'), 'unknown-crypto'],
    ['no CMS at all', cms('application/pkcs7-mime', 'SGVsbG8='), 'unknown-crypto'],
    ['an empty one', cms('application/pkcs7-mime', ''), 'unknown-crypto'],
    ['a truncated one', cms('application/pkcs7-mime', 'MIIGTgYJKoZI'), 'unknown-crypto'],
    ['any protocol', clear, 'signed'],
    ['a signed without its second part', clear.replace('--s\nContent-Type: a/b\n\ny\n', ''), 'unknown-crypto'],
    ['a signed without boundary', clear.replace('boundary=s', ''), 'unknown-crypto'],
    ['a multipart that cannot be split', `Content-Type: multipart/mixed\n\n${clear}`, 'unknown-crypto'],
    ['two Content-Types', `Content-Type: text/plain\n${clear}`, 'unknown-crypto'],
    ['folded and commented', clear.replace('multipart/signed;', '\n (a;b)\n multipart/SIGNED (c) ;'), 'signed'],
    [
      'deep',
      `Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=m\n\n--m\n${clear}\n--m--\n`,
      'signed',
    ],
    ['in a digest', `Content-Type: multipart/digest; boundary=d\n\n--d\n\n${clear}\n--d--\n`, 'signed'],
    ['a message in base64', cms('message/rfc822', base64(clear)), 'signed'],
    ['a multipart in base64', cms('multipart/mixed; boundary=m', base64(`--m\r\n${clear}\r\n--m--\r\n`)), 'signed'],
    [
      'messages in base64 without end',
      cms(
        'message/rfc822',
        [1, 2, 3, 4, 5].reduce((inner) => base64(cms('message/rfc822', inner)), base64(clear)),
      ),
      'unknown-crypto',
    ],
    ['armor in base64', cms('text/plain', base64(armored)), 'encrypted'],
    ['armor in quoted-printable', `Content-Transfer-Encoding: quoted-printable\n\n${qp(armored)}\n`, 'encrypted'],
    [
      'armor across a soft line break',
      `Content-Transfer-Encoding: quoted-printable\n\n${armored.replace('BEGIN PGP', 'BEGIN P=\nGP')}`,
      'encrypted',
    ],
    [
      'armor in UTF-16',
      cms('text/plain; charset=utf-16le', Buffer.from(armored, 'utf16le').toString('base64')),
      'encrypted',
    ],
    ['armor in HTML', `Content-Type: text/html\n\n<pre>${armored}</pre>`, 'encrypted'],
    ['armor in an attachment', `Content-Type: application/octet-stream; name=a.asc\n\n${armored}`, 'encrypted'],
    [
      'more parts than are looked at',
      `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(10_001)}`,
      'unknown-crypto',
    ],
  ])('%s is %s', (_, text, protection) => {
    expect(classify(wire(text))).toMatchObject({ protection });
  });

  test.each([
    ['a key is not protection', '\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n'],
    ['certificates are not', cms('application/x-pkcs7-certificates; name=ca.p7b', signedData)],
    ['talk of it is not', '\nmultipart/signed and application/pkcs7-mime\n'],
    ['other DER is not', cms('application/octet-stream', 'MIIGTgIBAzA=')],
  ])('%s', (_, text) => {
    expect(classify(wire(text)).protection).toBe('none');
  });
});

test('a protected message is never read as unprotected because octets of its body changed', () => {
  const octets = readFileSync(new URL('../../messages/smime/opaque-signed.eml', import.meta.url));
  const body = octets.indexOf('\r\n\r\n') + 4;
  fc.assert(
    fc.property(fc.nat(octets.length - body - 1), fc.uint8Array({ maxLength: 8 }), fc.nat(400), (at, put, drop) => {
      const damaged = Buffer.concat([octets.subarray(0, body + at), put, octets.subarray(body + at + drop)]);
      expect(classify(damaged).protection).not.toBe('none');
    }),
  );
});

test('any octets are classified, and none throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom('application/pkcs7-mime', 'application/pgp-encrypted', 'text/plain'),
      (body, type) => {
        expect(classify(Buffer.concat([wire(`Content-Type: ${type}\n\n`), body]))).toHaveProperty('protection');
      },
    ),
  );
});
