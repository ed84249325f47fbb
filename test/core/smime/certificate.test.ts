import { expect, test } from 'vitest';
import type { Der } from '../../../core/smime/asn1/der.ts';
import { addressesOf, matchOriginator, parseCertificate, type Certificate } from '../../../core/smime/certificate.ts';
import * as pki from './pki.ts';
import { general, keys } from './pki.ts';

const own = keys.ec();
const issuer = pki.rootOf('Root', own, 'ecdsa');

function certificateFor(subject: Readonly<Record<string, string>>, ...names: readonly Der[]): Certificate {
  const extensions = names.length > 0 ? [pki.subjectAltName(...names)] : [];
  const read = parseCertificate(pki.certify({ subject: pki.nameOf(subject), keys: own, extensions }, issuer));
  if (read.kind === 'malformed') throw new Error(read.reason.text);
  return read.certificate;
}

const alice = certificateFor({ CN: 'Alice' }, general.email('Alice@Example.test'), general.email('a@sub.example.test'));
const from = (...addresses: readonly string[]): { from: readonly string[]; sender: null } => ({
  from: addresses,
  sender: null,
});

test('addressesOf() takes alternative names and the subject, each once', () => {
  const both = certificateFor(
    { CN: 'A', E: 'a@one.test' },
    general.email('A@ONE.test'),
    general.smtpUtf8('ü@bücher.test'),
  );
  expect(addressesOf(both)).toEqual(['a@one.test', 'ü@bücher.test']);
  expect(addressesOf(certificateFor({ CN: 'nobody@example.test' }))).toEqual([]);
});

test.each<[string, Certificate, string]>([
  ['another case of the domain', alice, 'Alice@EXAMPLE.TEST'],
  ['another case of the local part', alice, 'aLICE@example.test'],
  ['the second address', alice, 'a@sub.example.test'],
  ['a mailbox in UTF-8', certificateFor({}, general.smtpUtf8('ünï@bücher.test')), 'ünï@xn--bcher-kva.test'],
  ['a domain in its ASCII form', certificateFor({}, general.email('u@xn--bcher-kva.test')), 'u@BÜCHER.test'],
])('matchOriginator() takes %s', (_, certificate, address) => {
  expect(matchOriginator(certificate, from(address))).toEqual({ kind: 'match', field: 'from', address });
});

test.each<[string, Certificate, string]>([
  ['another mailbox', alice, 'bob@example.test'],
  ['a host below', alice, 'alice@x.example.test'],
  ['an address that only contains it', alice, 'Alice@Example.test.evil.test'],
  ['the common name', certificateFor({ CN: 'bob@example.test' }), 'bob@example.test'],
  ['what stands before a NUL', certificateFor({}, general.email('bob@example.test\0.evil.test')), 'bob@example.test'],
  ['a letter that only looks alike', alice, 'аlice@example.test'],
  ['no address at all', certificateFor({ CN: 'Nobody' }), ''],
])('matchOriginator() does not take %s', (_, certificate, address) => {
  expect(matchOriginator(certificate, from(address)).kind).toBe('mismatch');
});

test('matchOriginator() can be told that case counts in local parts', () => {
  expect(matchOriginator(alice, from('Alice@example.test'), 'exact').kind).toBe('match');
  expect(matchOriginator(alice, from('alice@example.test'), 'exact').kind).toBe('mismatch');
});

test('matchOriginator() wants every address of From, or Sender', () => {
  const other = 'boss@example.test';
  expect(matchOriginator(alice, from('alice@example.test', other)).kind).toBe('mismatch');
  expect(matchOriginator(alice, { from: [other], sender: 'alice@example.test' })).toMatchObject({ field: 'sender' });
  expect(matchOriginator(alice, { from: [], sender: null })).toEqual({
    kind: 'mismatch',
    text: 'the certificate is for Alice@Example.test, a@sub.example.test, the message is from nobody',
  });
});
