import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grantsOption } from '../../../core/capabilities/options.ts';
import { openMailAuth, type MailAuthThread } from '../../../core/mailauth/mailauth.ts';
import { askDkimpy, hasDkimpy, makeSigningDomain, signAs } from '../../support/authentic-mail.ts';
import { messageOf, openRig, type Rig } from './host-side.ts';
import { startNameServer, txt, type Zone } from '../../support/name-server.ts';

const signer = makeSigningDomain('example.test');
const text = 'From: ann@example.test\r\nTo: bob@far.test\r\nSubject: x\r\n\r\nHello.\r\n';
const zone: Zone = {
  's1._domainkey.example.test': [txt(...signer.record)],
  'example.test': [txt('v=spf1 ip4:192.0.2.0/24 -all')],
  '_dmarc.example.test': [txt('v=DMARC1; p=quarantine')],
  '_dmarc.slow.test': null,
};

let rig: Rig;
let room: MailAuthThread;
let folder = '';
let asked: readonly string[] = [];
const open = new AsyncDisposableStack();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-mailauth-'));
  await writeFile(join(folder, 'key.pem'), signer.pem);
  const names = open.use(await startNameServer(zone));
  asked = names.asked;
  room = open.use(openMailAuth({ dns: { servers: [names.address], timeout: 200, tries: 1 }, deadline: 4_000 }));
  rig = open.use(await openRig({ mailauth: room, env: { KEY: signer.pem } }));
});
afterAll(async () => {
  await open.disposeAsync();
  await rm(folder, { recursive: true });
});

const signature = (at: number): string =>
  `DKIM-Signature: v=1; a=rsa-sha256; d=d${at}.test; s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n`;
const keyed = (key: object, domain = 'example.test') => ({ mailauth: { sign: [{ domain, selector: 's1', key }] } });
const client = { address: '192.0.2.7', helo: 'c.test', reversePath: 'ann@example.test' };

test('verify() judges octets and client, in the name of the virtual server', async () => {
  const message = messageOf(await signAs(signer, text));
  expect(await rig.call(['mailauth'], 'mailauth.verify', [], { message, client })).toMatchObject({
    kind: 'verified',
    spf: { result: 'pass', domain: 'example.test' },
    dkim: [{ result: 'pass', domain: 'example.test', selector: 's1', aligned: true }],
    dmarc: { result: 'pass', policy: 'quarantine', domain: 'example.test' },
    arc: { result: 'none', sealedBy: null },
    authservId: 'mx.example.test',
    field: expect.stringMatching(/^mx\.example\.test; dkim=pass .*spf=pass .*dmarc=pass [^\r\n]*$/),
  });
});

test('of a message without client SPF says nothing; what is not signed fails where the domain wants it', async () => {
  const answer = await rig.call(['mailauth'], 'mailauth.verify', [], { message: messageOf(text) });
  expect(answer).toMatchObject({ spf: { result: 'none', domain: null }, dkim: [], dmarc: { result: 'fail' } });
  expect(answer).not.toMatchObject({ field: expect.stringContaining('spf=') });
});

test('several sinks that ask about one message cause one look', async () => {
  const message = messageOf(await signAs(signer, text));
  await rig.call(['mailauth'], 'mailauth.verify', [], { message, client });
  const before = asked.length;
  await rig.call(['mailauth'], 'mailauth.verify', [], { message, client });
  expect(asked).toHaveLength(before);
});

test('DNS that does not answer is temperror, and a message of a thousand signatures ends', async () => {
  const slow = text.replaceAll('example.test', 'slow.test');
  expect(await rig.call(['mailauth'], 'mailauth.verify', [], { message: messageOf(slow), client })).toMatchObject({
    dmarc: { result: 'temperror' },
  });
  const many = Array.from({ length: 1_000 }, (_, at) => signature(at)).join('') + text;
  const before = asked.length;
  const answer = await rig.call(['mailauth'], 'mailauth.verify', [], { message: messageOf(many), client });
  expect(answer).toMatchObject({ kind: expect.stringMatching(/^(?:verified|failed)$/) });
  expect(asked.length - before).toBeLessThanOrEqual(100);
});

test.each([
  ['a file', () => ({ file: join(folder, 'key.pem') })],
  ['the environment', () => ({ env: 'KEY' })],
])('sign() signs the message with the edits so far, with a key from %s', async (_, key) => {
  const edited = text.replace('Hello.', 'Hello. Ours.');
  const message = { ...messageOf(text), newest: () => Buffer.from(edited) };
  const answer = await rig.call(keyed(key()), 'mailauth.sign', ['Example.TEST'], { message });
  expect(answer).toMatchObject({
    kind: 'signed',
    fields: [['DKIM-Signature', expect.stringContaining('d=example.test')]],
  });
  const [field] = Object(answer).fields;
  const octets = messageOf(`${field[0]}: ${field[1]}\r\n${edited}`);
  expect(await rig.call(['mailauth'], 'mailauth.verify', [], { message: octets, client })).toMatchObject({
    dkim: [{ result: 'pass' }],
  });
});

test.skipIf(!hasDkimpy)('dkimpy verifies what sign() signs', async () => {
  const answer = await rig.call(keyed({ env: 'KEY' }), 'mailauth.sign', ['example.test'], { message: messageOf(text) });
  const [field] = Object(answer).fields;
  expect(askDkimpy(`${field[0]}: ${field[1]}\r\n${text}`, [signer])).toMatchObject({ dkim: true });
});

test('what is still to be sealed with S/MIME is not signed', async () => {
  const message = { ...messageOf(text), newest: () => null };
  expect(await rig.call(keyed({ env: 'KEY' }), 'mailauth.sign', ['example.test'], { message })).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('S/MIME'),
  });
});

test.each([
  ['example.test', { env: 'NONE' }, /environment variable NONE is empty or cannot be read/],
  ['else.test', { env: 'KEY' }, /no key of else\.test is granted: add it to grants\.mailauth\.sign/],
])('sign() for %s with %j says what to mend', async (domain, key, reason) => {
  const signing = rig.call(keyed(key), 'mailauth.sign', [domain], { message: messageOf(text) });
  await expect(signing).rejects.toThrow(reason);
});

test.each([
  ['a line end', ['example.test', 'mx.test; dkim=pass\r\nX: y', 'none']],
  ['another chain', ['example.test', 'mx.test; dkim=pass', 'fail']],
])('seal() refuses %s', async (_, args) => {
  const sealing = rig.call(keyed({ env: 'KEY' }), 'mailauth.seal', args, { message: messageOf(text) });
  await expect(sealing).rejects.toThrow(RangeError);
});

test('a key that was read stands in no log', async () => {
  await rig.call(keyed({ env: 'KEY' }), 'mailauth.sign', ['example.test'], { message: messageOf(text) });
  expect(rig.redactor.redact(`x ${signer.pem.split('\n')[3]} y`)).toBe('x [secret s1._domainkey.example.test] y');
});

test.each([
  [{ sign: [{ domain: 'a b', selector: 's', key: { env: 'K' } }] }, /expected a domain/],
  [{ sign: [{ domain: 'a.test', selector: 's', key: { env: 'K', file: 'f' } }] }, /one of env and file/],
  [{ sign: [{ domain: 'a.test', selector: 's', key: './k.pem' }] }, /where the key is/],
])('a grant that is none is refused: %j', (mailauth, problem) => {
  expect(String(grantsOption.safeParse({ mailauth }).error)).toMatch(problem);
});

test('work that is under way when the room closes is failed, and nothing hangs', async () => {
  const closing = openMailAuth({ dns: { servers: ['127.0.0.1:9'], timeout: 2_000, tries: 1 } });
  const work = { kind: 'verify', origin: client, authservId: 'mx.test' } as const;
  const answer = closing.run(Buffer.from(text), work);
  await closing[Symbol.asyncDispose]();
  expect(await answer).toEqual({ kind: 'failed', reason: 'busy' });
});
