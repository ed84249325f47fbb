import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseCertificate, type Certificate } from '../../../core/smime/certificate.ts';
import { smimeOptions } from '../../../core/smime/options.ts';
import { checkTrust } from '../../../core/smime/trust.ts';
import { openTrustStore, type TrustParts } from '../../../core/smime/trust-store.ts';
import * as pki from './pki.ts';
import { keys, noon } from './pki.ts';

const root = pki.rootOf('Root', keys.ec(), 'ecdsa');
const url = 'http://crl.example.test/root.crl';

function read(octets: Uint8Array): Certificate {
  const found = parseCertificate(octets);
  if (found.kind === 'malformed') throw new Error(found.reason.text);
  return found.certificate;
}
const ann = read(pki.personOf('ann@example.test', keys.ec(), root, { serial: 42 }));

const fails = async (): Promise<never> => {
  throw new Error('nobody answers');
};
const nonsense = async (): Promise<Buffer> => Buffer.from('<html>');

async function folderFor(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-store-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'root.pem'), pki.pem(root.certificate));
  return folder;
}

async function open(folder: string, trust: object, fetch: TrustParts['fetch'] = async () => Buffer.alloc(0)) {
  const options = smimeOptions.parse({ trust: { certificates: [join(folder, 'root.pem')], ...trust } }).trust;
  const notes: string[] = [];
  const parts = { cache: join(folder, 'crls'), note: (text: string) => void notes.push(text), fetch };
  const store = await openTrustStore(options, parts);
  onTestFinished(() => store[Symbol.asyncDispose]());
  await store.fetched;
  const verdict = (): string => {
    const answer = checkTrust(ann, store.current(), { at: noon, purpose: 'sign' });
    return answer.kind === 'trusted' ? answer.kind : answer.reason.code;
  };
  return { store, notes, verdict };
}

test('R63 a list that is fetched counts, and is there at the next start although nobody answers', async () => {
  const folder = await folderFor();
  const asked: string[] = [];
  const first = await open(folder, { crls: { urls: [url] } }, async (from) => {
    asked.push(from);
    return pki.listOf(root, { revoked: [{ serial: 42 }] });
  });
  expect([asked, first.verdict(), first.store.problems()]).toEqual([[url], 'revoked', []]);
  expect(first.notes).toEqual(['revocation lists: newer ones are in use']);
  expect(await readdir(join(folder, 'crls'))).toHaveLength(1);

  const again = await open(folder, { crls: { urls: [url] } }, fails);
  expect(again.verdict()).toBe('revoked');
  const problem = `${url}: Error: nobody answers; the one of 2030-05-31 is used`;
  expect([again.store.problems(), again.notes]).toEqual([[problem], [`revocation list ${problem}`]]);
});

test('R63 without a list, soft fail trusts and hard fail does not; without crls nobody asks', async () => {
  const soft = await open(await folderFor(), { crls: { urls: [url] } }, nonsense);
  expect(soft.verdict()).toBe('trusted');
  expect(soft.store.problems()).toEqual([expect.stringMatching(/no revocation list: .*; there is none$/)]);
  const hard = await open(await folderFor(), { crls: { urls: [url], softFail: false } }, nonsense);
  expect(hard.verdict()).toBe('revocation-unknown');
  expect((await open(await folderFor(), {})).verdict()).toBe('trusted');
});

test('lists of a folder count, PEM or DER', async () => {
  const folder = await folderFor();
  await mkdir(join(folder, 'lists'));
  await writeFile(join(folder, 'lists/root.crl'), pki.listOf(root, { revoked: [{ serial: 42 }] }));
  expect((await open(folder, { crls: { folder: join(folder, 'lists') } })).verdict()).toBe('revoked');
});
