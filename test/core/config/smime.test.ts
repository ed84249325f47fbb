import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatProblem, readConfig } from '../../../core/config/config.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-config-smime-'));
  writeFileSync(join(folder, 'ca.pem'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(smime: string, binding = '{}') {
  const file = join(folder, 'sluice.yaml');
  writeFileSync(
    file,
    `smime: ${smime}
sinks: []
virtualServers:
  - id: mx
    protocol: smtp
    listen: ['127.0.0.1:0']
    bindings: [{ sink: a, smime: ${binding} }]
`,
  );
  const found = await readConfig(file);
  if (found.kind === 'config') return found.config;
  return found.problems.map((problem) => formatProblem(problem).slice(folder.length + 1));
}

test('what is not said is safe: nothing protected is edited, nobody is trusted, nothing is kept', async () => {
  expect(await read('{}')).toMatchObject({
    smime: {
      keys: { folder: null, passphraseEnv: null, passphraseFile: null },
      trust: { certificates: [], system: false, crls: null },
      harvest: 'none',
      gateways: [],
    },
    virtualServers: [{ bindings: [{ smime: { signed: ['skip'], encrypted: ['skip'], resignAs: 'sender' } }] }],
  });
});

test('one action or several, paths from the file, durations in milliseconds', async () => {
  const smime = `{ keys: { passphraseFile: pass }, trust: { certificates: [ca.pem], crls: { urls: ['http://x.test/a.crl'], refresh: 2h } }, gateways: [{ name: mx, address: mx@example.test }] }`;
  expect(
    await read(smime, '{ signed: [resign, wrap], encrypted: reject, resignAs: gateway, gateway: mx }'),
  ).toMatchObject({
    smime: {
      keys: { passphraseFile: join(folder, 'pass') },
      trust: { certificates: [join(folder, 'ca.pem')], crls: { refresh: 7_200_000, softFail: true } },
    },
    virtualServers: [{ bindings: [{ smime: { signed: ['resign', 'wrap'], encrypted: ['reject'], gateway: 'mx' } }] }],
  });
});

test.each([
  [
    '{ keys: { passphraseEnv: A, passphraseFile: b } }',
    '{}',
    'sluice.yaml:1:16: smime.keys: expected one of passphraseEnv and passphraseFile: there is one passphrase',
  ],
  [
    '{ keys: { passphrase: secret } }',
    '{}',
    'sluice.yaml:1:18: smime.keys.passphrase: unknown key; did you mean passphraseEnv?',
  ],
  [
    '{ trust: { certificates: [missing.pem] } }',
    '{}',
    expect.stringMatching(
      /^sluice\.yaml:1:34: smime\.trust\.certificates\[0\]: no such file or folder: .*missing\.pem$/,
    ),
  ],
  [
    '{ trust: { crls: { refresh: 1h } } }',
    '{}',
    'sluice.yaml:1:25: smime.trust.crls: expected a folder, or urls to fetch lists from',
  ],
  [
    '{ trust: { crls: { urls: [ldap://x] } } }',
    '{}',
    'sluice.yaml:1:34: smime.trust.crls.urls[0]: expected a URL such as http://crl.example.test/ca.crl',
  ],
  ['{ harvest: all }', '{}', 'sluice.yaml:1:19: smime.harvest: expected one of none, verified'],
  [
    '{}',
    '{ signed: resin }',
    'sluice.yaml:7:44: virtualServers[0].bindings[0].smime.signed: expected one of skip, strip, explain, resign, wrap, reject, or a list of them in order of preference',
  ],
  [
    '{}',
    '{ resignAs: gateway }',
    'sluice.yaml:7:34: virtualServers[0].bindings[0].smime.gateway: missing: resignAs: gateway needs the name of one; smime.gateways names none',
  ],
  [
    '{ gateways: [{ name: mx, address: a@b.test }] }',
    '{ gateway: my }',
    'sluice.yaml:7:45: virtualServers[0].bindings[0].smime.gateway: no such gateway; smime.gateways has mx',
  ],
])('%s with %s is refused, with its place', async (smime, binding, problem) => {
  expect(await read(smime, binding)).toEqual([problem]);
});
