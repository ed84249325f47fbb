import { expect, test } from 'vitest';
import { readCertificate } from '../../../core/smime/asn1/certificate.ts';
import { joinDer } from '../../../core/smime/asn1/der.ts';
import { identifies } from '../../../core/smime/cms/identify.ts';
import { keys, nameOf, personOf, printable, rootOf } from './pki.ts';

const root = rootOf('Root One', keys.ec(), 'ecdsa');
const ann = readCertificate(personOf('ann@example.test', keys.ec(), root));
const by = (issuer: ReturnType<typeof nameOf>, serial = ann.serial) =>
  identifies({ kind: 'issuer-and-serial', issuer: joinDer(issuer), serial }, ann);

test('RFC 5652 §10.2.4, RFC 5280 §7.1: an issuer is the same in another kind of string, case and spacing', () => {
  expect(by(nameOf({ O: 'Test', CN: 'Root One' }))).toBe(true);
  expect(by(nameOf({ O: 'Test', CN: 'Root One' }, printable))).toBe(true);
  expect(by(nameOf({ O: 'TEST', CN: ' root  one ' }, printable))).toBe(true);
});

test('another name, or another number, is somebody else', () => {
  expect(by(nameOf({ O: 'Test', CN: 'Root Two' }))).toBe(false);
  expect(by(nameOf({ CN: 'Root One', O: 'Test' }))).toBe(false);
  expect(by(nameOf({ O: 'Test', CN: 'Root One' }), Buffer.from([1, 2]))).toBe(false);
  expect(identifies({ kind: 'issuer-and-serial', issuer: Buffer.from('no name'), serial: ann.serial }, ann)).toBe(
    false,
  );
});
