import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import * as der from '../../../../core/smime/asn1/der.ts';
import { parseCertificate, type Certificate } from '../../../../core/smime/certificate.ts';
import { readTrust } from '../../../../core/smime/trust-files.ts';
import { checkTrust, type TrustAnswer, type TrustQuestion } from '../../../../core/smime/trust.ts';
import * as pki from '../pki.ts';
import { day, keys, noon, type Issuer } from '../pki.ts';

const root = pki.rootOf('Root', keys.ec(), 'ecdsa');
const ca = pki.authorityOf('CA', keys.ec(), [root, 'ecdsa'], { serial: 7 });
const own = keys.ec();
const alice = (extensions: readonly der.Der[] = []): Buffer =>
  pki.personOf('alice@example.test', own, ca, { serial: 42, extensions });
const rootList = pki.listOf(root);

function read(octets: Uint8Array): Certificate {
  const result = parseCertificate(octets);
  if (result.kind === 'malformed') throw new Error(result.reason.text);
  return result.certificate;
}

/** Through files, as an operator has them. */
async function ask(
  lists: readonly Uint8Array[],
  question: Partial<TrustQuestion> = {},
  { end = alice(), more = [] }: { end?: Buffer; more?: readonly Buffer[] } = {},
): Promise<TrustAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-trust-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const write = (name: string, octets: string | Uint8Array): Promise<void> => writeFile(join(folder, name), octets);
  for (const name of ['anchors', 'between', 'crls']) await mkdir(join(folder, name));
  await write('anchors/root.pem', pki.pem(root.certificate));
  await write('between/ca.der', ca.certificate);
  for (const [at, one] of more.entries()) await write(`between/more-${at}.pem`, pki.pem(one));
  for (const [at, one] of lists.entries()) await write(`crls/${at}.crl`, at % 2 === 0 ? one : pki.pem(one, 'X509 CRL'));
  const { trust, problems } = await readTrust({
    anchors: [join(folder, 'anchors')],
    intermediates: [join(folder, 'between')],
    crls: [join(folder, 'crls')],
  });
  expect(problems).toEqual([]);
  return checkTrust(read(end), trust, { at: noon, purpose: 'sign', revocation: 'hard', ...question });
}

const codeOf = (answer: TrustAnswer): string => (answer.kind === 'trusted' ? answer.kind : answer.reason.code);

test('a certificate on no list is trusted, and one on a list is revoked, with the reason', async () => {
  expect(codeOf(await ask([rootList, pki.listOf(ca)]))).toBe('trusted');
  expect(await ask([rootList, pki.listOf(ca, { revoked: [{ serial: 41 }, { serial: 42, reason: 1 }] })])).toEqual({
    kind: 'untrusted',
    reason: {
      code: 'revoked',
      subject: 'CN=alice@example.test',
      text: 'the certificate has been revoked: keyCompromise, on 2030-05-30',
    },
  });
});

test('an authority that is revoked takes everything below it along, softly or not', async () => {
  const lists = [pki.listOf(root, { revoked: [{ serial: 7, reason: 2 }] }), pki.listOf(ca)];
  expect(codeOf(await ask(lists))).toBe('revoked');
  expect(codeOf(await ask(lists, { revocation: 'soft' }))).toBe('revoked');
  expect(codeOf(await ask(lists, { revocation: 'off' }))).toBe('trusted');
});

test('serial numbers are compared as numbers, their sign included', async () => {
  const end = pki.personOf('alice@example.test', own, ca, { serial: 255 });
  expect(codeOf(await ask([rootList, pki.listOf(ca, { revoked: [{ serial: -1 }] })], {}, { end }))).toBe('trusted');
  expect(codeOf(await ask([rootList, pki.listOf(ca, { revoked: [{ serial: 255 }] })], {}, { end }))).toBe('revoked');
});

test('a list of many entries is read', async () => {
  const revoked = Array.from({ length: 100_000 }, (_, at) => ({ serial: at + 1000 }));
  expect(codeOf(await ask([rootList, pki.listOf(ca, { revoked })]))).toBe('trusted');
  const end = pki.personOf('alice@example.test', own, ca, { serial: 100_999 });
  expect(codeOf(await ask([rootList, pki.listOf(ca, { revoked })], {}, { end }))).toBe('revoked');
});

const points = (name: string, more: readonly der.Der[] = []): der.Der =>
  pki.extension('2.5.29.31', der.sequence(der.sequence(fullName(name), ...more)));
const fullName = (url: string): der.Der => der.tagged(0, der.tagged(0, pki.general.uri(url)));
const flag = (number: number): der.Der => der.encode(0x80 + number, [Buffer.from([0xff])]);
const scope = (...parts: readonly der.Der[]): readonly der.Der[] => [
  pki.extension('2.5.29.28', der.sequence(...parts), true),
];
const someReasons = (number: number, ...reasons: readonly number[]): der.Der =>
  der.encode(0x80 + number, [pki.bits(...reasons)]);
const mallory: Issuer = { ...ca, keys: own };

test.each<[string, readonly Buffer[], readonly der.Der[], string]>([
  ['there is no list', [], [], 'there is none'],
  ['the list is out of date', [pki.listOf(ca, { nextUpdate: noon - 1000 })], [], 'it is out of date'],
  ['the list does not say until when', [pki.listOf(ca, { nextUpdate: null })], [], 'it is out of date'],
  ['the list is from the future', [pki.listOf(ca, { thisUpdate: noon + 1000 })], [], 'it is not valid yet'],
  ['somebody else has signed the list', [pki.listOf(mallory)], [], 'its signature does not verify'],
  [
    'the list has a critical extension nobody knows',
    [pki.listOf(ca, { extensions: [pki.extension('1.2.3', der.nullValue, true)] })],
    [],
    'it is a delta, or says something that is not understood',
  ],
  [
    'the list is a delta',
    [pki.listOf(ca, { extensions: [pki.extension('2.5.29.27', der.integer(1), true)] })],
    [],
    'it is a delta, or says something that is not understood',
  ],
  ['the list is about authorities only', [pki.listOf(ca, { extensions: scope(flag(2)) })], [], 'there is none'],
  [
    'the list covers some reasons only',
    [pki.listOf(ca, { extensions: scope(someReasons(3, 1, 2)) })],
    [],
    'some reasons are not covered',
  ],
  [
    'the list is of another distribution point',
    [pki.listOf(ca, { extensions: scope(fullName('http://a.test/1')) })],
    [points('http://a.test/2')],
    'there is none',
  ],
])('it is not known whether a certificate is revoked when %s', async (_, lists, extensions, why) => {
  const end = alice(extensions);
  const hard = await ask([rootList, ...lists], {}, { end });
  const text = `no valid revocation list covers the certificate: ${why}`;
  expect(hard).toMatchObject({ kind: 'untrusted', reason: { code: 'revocation-unknown', text } });
  const soft = await ask([rootList, ...lists], { revocation: 'soft' }, { end });
  expect(soft).toMatchObject({ kind: 'trusted', notes: [{ code: 'revocation-unknown', text }] });
});

test('lists for some reasons add up, and each counts', async () => {
  const first = pki.listOf(ca, { extensions: scope(someReasons(3, 1, 2, 3, 4)) });
  const second = pki.listOf(ca, { extensions: scope(someReasons(3, 5, 6, 7, 8)) });
  expect(codeOf(await ask([rootList, first, second]))).toBe('trusted');
  const revoking = pki.listOf(ca, { extensions: scope(someReasons(3, 5, 6, 7, 8)), revoked: [{ serial: 42 }] });
  expect(codeOf(await ask([rootList, first, revoking]))).toBe('revoked');
});

const listOfPoint = (serial: number): Buffer =>
  pki.listOf(ca, { extensions: scope(fullName('http://a.test/1'), flag(1)), revoked: [{ serial }] });

test('the list of the distribution point counts', async () => {
  const end = alice([points('http://a.test/1')]);
  expect(codeOf(await ask([rootList, listOfPoint(1)], {}, { end }))).toBe('trusted');
  expect(codeOf(await ask([rootList, listOfPoint(42)], {}, { end }))).toBe('revoked');
});

test('an authority may sign its lists with another key it has certified', async () => {
  const listKeys = keys.ec();
  const signer = pki.authorityOf('CA', listKeys, [root, 'ecdsa'], { extensions: [pki.keyUsage(6)], serial: 8 });
  const lists = [rootList, pki.listOf({ ...ca, keys: listKeys }, { revoked: [{ serial: 42 }] })];
  expect(codeOf(await ask(lists))).toBe('revocation-unknown');
  expect(codeOf(await ask(lists, {}, { more: [signer.certificate] }))).toBe('revoked');
  const unable = pki.authorityOf('CA', listKeys, [root, 'ecdsa'], { extensions: [pki.keyUsage(0)], serial: 8 });
  expect(codeOf(await ask(lists, {}, { more: [unable.certificate] }))).toBe('revocation-unknown');
  const stranger = pki.rootOf('CA', listKeys, 'ecdsa');
  const untrusted = { ...stranger, certificate: pki.certify({ subject: ca.name, keys: listKeys }, stranger) };
  expect(codeOf(await ask(lists, {}, { more: [untrusted.certificate] }))).toBe('revocation-unknown');
});

const certificateIssuer = (issuer: Issuer): der.Der =>
  pki.extension('2.5.29.29', der.sequence(pki.general.directory(issuer.name)), true);

test('an indirect list counts where the certificate names its issuer', async () => {
  const others = pki.authorityOf('Lists', keys.ec(), [root, 'ecdsa'], { serial: 9 });
  const point = points('http://a.test/1', [der.tagged(2, pki.general.directory(others.name))]);
  const end = alice([point]);
  const list = (entries: readonly { serial: number; extensions?: readonly der.Der[] }[]): Buffer =>
    pki.listOf(others, { extensions: scope(fullName('http://a.test/1'), flag(4)), revoked: entries });
  const about = [certificateIssuer(ca)];
  const more = [others.certificate];
  expect(codeOf(await ask([rootList, list([{ serial: 42 }])], {}, { end, more }))).toBe('trusted');
  expect(codeOf(await ask([rootList, list([{ serial: 42, extensions: about }])], {}, { end, more }))).toBe('revoked');
  const carried = [{ serial: 1, extensions: about }, { serial: 42 }];
  expect(codeOf(await ask([rootList, list(carried)], {}, { end, more }))).toBe('revoked');
});

test('what is in a trust folder and cannot be read is told, and the rest is used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-trust-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'a.pem'), 'no certificate\n');
  await writeFile(join(folder, 'b.der'), root.certificate.subarray(0, -day % 7 || -1));
  await writeFile(join(folder, 'c.pem'), `comment\n${pki.pem(ca.certificate)}\n${pki.pem(root.certificate)}`);
  const { trust, problems } = await readTrust({ anchors: [folder], crls: [join(folder, 'none')] });
  expect(trust.anchors.size).toBe(2);
  expect(problems.map(({ problem }) => problem)).toEqual([
    'neither DER nor PEM with CERTIFICATE',
    'the contents end too early',
    expect.stringContaining('ENOENT'),
  ]);
});
