import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { openAuth, type Auth } from '../../../core/auth/auth.ts';
import { hashPassword } from '../../../core/auth/password.ts';
import { formatScramKeys, readScramKeys } from '../../../core/auth/scram-keys.ts';
import { mechanismsFor, startSasl, type SaslStep, type Verifier } from '../../../core/auth/sasl.ts';
import { scramClient } from './scram-client.ts';

const bob = 'bob@example.test';
const password = 'correct horse é';
const stored = await hashPassword(password);
const from = '192.0.2.1';
const known = { user: bob, password };

function openOne(hash: string = stored): Auth {
  return openAuth(
    {
      resolve: async (address) =>
        address === bob ? { kind: 'user', user: bob, mailbox: `${bob}/INBOX` } : { kind: 'unknown' },
      passwordOf: async (user) => (user === bob ? hash : null),
    },
    { now: () => 0 },
  );
}

const verifierOf = (auth: Auth, more: Partial<Verifier> = {}): Verifier => ({
  verify: (user, word) => auth.verify(user, word, from),
  scramKeys: (user) => auth.scramKeys(user, from),
  settle: (user) => auth.settle(user, from),
  verifyToken: null,
  bindings: null,
  ...more,
});

const bindings = { octets: (type: string) => (type === 'tls-exporter' ? Buffer.from('of this connection') : null) };

/** Plays a whole exchange. @returns how it ended, and whether the client trusts the server then */
async function exchange(
  verifier: Verifier,
  mechanism: string,
  said: Parameters<typeof scramClient>[0],
): Promise<{ end: SaslStep; isTrusted: boolean }> {
  const client = scramClient(said);
  const step = startSasl(mechanism, verifier);
  if (step === null) throw new Error('no such mechanism');
  const first = await step(Buffer.from(client.first));
  if (first.kind !== 'challenge') return { end: first, isTrusted: false };
  const final = await step(Buffer.from(client.final(first.octets.toString())));
  if (final.kind !== 'challenge') return { end: final, isTrusted: false };
  return { end: await step(Buffer.alloc(0)), isTrusted: client.trusts(final.octets.toString()) };
}

test('SCRAM-SHA-256: client and server prove the password to each other (RFC 5802 §3)', async () => {
  const { end, isTrusted } = await exchange(verifierOf(openOne()), 'scram-sha-256', known);
  expect({ end, isTrusted }).toEqual({
    end: { kind: 'done', named: bob, verified: { kind: 'right', user: bob } },
    isTrusted: true,
  });
});

test.each([
  ['the wrong password', { ...known, password: 'wrong' }],
  ['nobody of that name', { ...known, user: 'eve@example.test' }],
  ['a client that could bind, and was told we could not', { ...known, header: 'y,,' }],
])('SCRAM-SHA-256 refuses %s', async (_, said) => {
  const { end } = await exchange(verifierOf(openOne(), { bindings }), 'SCRAM-SHA-256', said);
  expect(end).toMatchObject({ kind: 'done', verified: { kind: 'wrong' } });
});

test('SCRAM-SHA-256-PLUS takes the binding of this connection and of no other (RFC 5802 §6)', async () => {
  const verifier = verifierOf(openOne(), { bindings });
  const header = 'p=tls-exporter,,';
  const bound = (words: string) =>
    exchange(verifier, 'SCRAM-SHA-256-PLUS', { ...known, header, binding: Buffer.from(words) });
  expect(await bound('of this connection')).toMatchObject({ end: { verified: { kind: 'right' } }, isTrusted: true });
  expect(await bound('of another connection')).toMatchObject({ end: { verified: { kind: 'wrong' } } });
  const unknown = { ...known, header: 'p=tls-unique,,', binding: Buffer.from('of this connection') };
  expect(await exchange(verifier, 'SCRAM-SHA-256-PLUS', unknown)).toMatchObject({
    end: { verified: { kind: 'wrong' } },
  });
  expect(await exchange(verifier, 'SCRAM-SHA-256-PLUS', known)).toMatchObject({ end: { kind: 'malformed' } });
  expect(await exchange(verifier, 'SCRAM-SHA-256', { ...known, header })).toMatchObject({ end: { kind: 'malformed' } });
});

test('who has no keys for SCRAM looks like everybody else: a salt that stays, as many rounds', async () => {
  const auth = openOne(stored.split(' ')[0]);
  const keysOf = async (user: string) => {
    const found = await auth.scramKeys(user, from);
    return found.kind === 'keys' ? found : null;
  };
  const [old, eve, again] = [await keysOf(bob), await keysOf('eve@example.test'), await keysOf('EVE@example.test')];
  expect([old?.user, eve?.user]).toEqual([null, null]);
  expect(eve?.keys.salt).toEqual(again?.keys.salt);
  expect(eve?.keys.salt).not.toEqual(old?.keys.salt);
  expect([old?.keys.iterations, eve?.keys.iterations]).toEqual([100_000, 100_000]);
  expect(await auth.verify(bob, password, from)).toEqual({ kind: 'right', user: bob });
});

test('failures of SCRAM are counted with those of passwords: then nothing is looked at', async () => {
  const auth = openOne();
  for (let failed = 0; failed < 20; failed += 1) auth.settle(null, from);
  const { end } = await exchange(verifierOf(auth), 'SCRAM-SHA-256', known);
  expect(end).toMatchObject({ kind: 'done', verified: { kind: 'held' } });
});

test.each([
  'n,,n=bob',
  'n,,r=abc',
  'x,,n=bob,r=abc',
  'n,,m=1,n=bob,r=abc',
  'n,,n=b=ob,r=abc',
  'n,a=eve,n=bob,r=abc',
  'n,,n=bob,r=a\u0001c',
  'p=tls-exporter,,n=bob,r=abc',
])('%j is no beginning of SCRAM-SHA-256', async (text) => {
  expect(await startSasl('SCRAM-SHA-256', verifierOf(openOne()))?.(Buffer.from(text))).toEqual({ kind: 'malformed' });
});

test('keys for SCRAM are written and read; what is none is none', async () => {
  const keys = readScramKeys(stored.split(' ')[1] ?? '');
  expect(keys && readScramKeys(formatScramKeys(keys))).toEqual(keys);
  expect(readScramKeys('')).toBeNull();
  expect(readScramKeys('scram-sha-256$1$AAAA$AAAA$AAAA')).toBeNull();
});

test('what is announced follows from the connection and the configuration', () => {
  expect(mechanismsFor({ bindings: null, verifyToken: null })).toEqual(['SCRAM-SHA-256', 'PLAIN', 'LOGIN']);
  expect(mechanismsFor(verifierOf(openOne(), { bindings, verifyToken: async () => ({ kind: 'wrong' }) }))).toEqual([
    'SCRAM-SHA-256-PLUS',
    'SCRAM-SHA-256',
    'PLAIN',
    'LOGIN',
    'OAUTHBEARER',
    'XOAUTH2',
  ]);
  expect(startSasl('OAUTHBEARER', verifierOf(openOne()))).toBeNull();
  expect(startSasl('SCRAM-SHA-256-PLUS', verifierOf(openOne()))).toBeNull();
});

/** An issuer of tokens with one key in a file. */
async function openIssuer() {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-jwks-'));
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = join(folder, 'keys.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }));
  const options = { issuer: 'https://login.example.test', audience: 'mail', jwks, claim: 'email' };
  return {
    options,
    token: (claims: object, { audience = 'mail', issuer = options.issuer, expires = '5m' } = {}) =>
      new SignJWT({ email: bob, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setExpirationTime(expires)
        .sign(privateKey),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const bearer = (token: string, user = `a=${bob}`): string =>
  `n,${user},\x01host=x\x01port=25\x01auth=Bearer ${token}\x01\x01`;
const xoauth2 = (token: string): string => `user=${bob}\x01auth=Bearer ${token}\x01\x01`;

test('OAUTHBEARER and XOAUTH2 take a token of the issuer that is for this user (RFC 7628)', async () => {
  await using issuer = await openIssuer();
  const auth = openOne();
  const verifier = verifierOf(auth, {
    verifyToken: (token, user) => auth.verifyToken(token, user, issuer.options, from),
  });
  const say = async (mechanism: string, text: string) => startSasl(mechanism, verifier)?.(Buffer.from(text));
  const right = { kind: 'done', named: bob, verified: { kind: 'right', user: bob } };
  const good = await issuer.token({});
  expect(await say('OAUTHBEARER', bearer(good))).toEqual(right);
  expect(await say('OAUTHBEARER', bearer(good, ''))).toEqual(right);
  expect(await say('XOAUTH2', xoauth2(good))).toEqual(right);

  const bad = [
    await issuer.token({}, { audience: 'other' }),
    await issuer.token({}, { issuer: 'https://evil.example' }),
    await issuer.token({}, { expires: '-5m' }),
    await issuer.token({ email: 'eve@example.test' }),
    `${good.slice(0, -4)}AAAA`,
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`,
    'x',
  ];
  for (const token of bad) {
    const step = startSasl('OAUTHBEARER', verifier);
    expect(await step?.(Buffer.from(bearer(token)))).toEqual({
      kind: 'challenge',
      octets: Buffer.from('{"status":"invalid_token"}'),
    });
    expect(await step?.(Buffer.from('\x01'))).toMatchObject({ kind: 'done', verified: { kind: 'wrong' } });
  }
  for (const text of ['', 'n,,\x01\x01', `n,a=${bob},\x01auth=Basic x\x01\x01`, bearer(good).slice(0, -1)]) {
    expect(await say('OAUTHBEARER', text)).toEqual({ kind: 'malformed' });
  }
});

test('a token for somebody else than the client names is refused; keys that cannot be read let nobody in', async () => {
  await using issuer = await openIssuer();
  const auth = openOne();
  const token = await issuer.token({});
  expect(await auth.verifyToken(token, 'ann@example.test', issuer.options, from)).toEqual({ kind: 'wrong' });
  const lost = { ...issuer.options, jwks: `${issuer.options.jwks}.gone` };
  expect(await auth.verifyToken(token, bob, lost, from)).toEqual({ kind: 'wrong' });
});
