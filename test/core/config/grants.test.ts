import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openConfigFolder } from './config-folder.ts';

const { folder, problemsOf, configOf } = openConfigFolder();

test('grants with options are read, each with its defaults; what is wrong in one is named where it stands', async () => {
  const config = await configOf(`
virtualServers:
  - id: mx
    protocol: smtp
    listen: ['127.0.0.1:2525']
    bindings:
      - sink: a
        grants:
          kv: true
          http: { hosts: [API.example.com, { host: 'http://10.0.0.5:11333', private: true }], timeout: 1s }
          submit: { from: ['*@example.org'] }
`);
  expect(config.virtualServers[0]?.bindings[0]?.grants).toEqual({
    kv: {},
    http: {
      hosts: [
        { origin: 'https://api.example.com', isPrivate: false },
        { origin: 'http://10.0.0.5:11333', isPrivate: true },
      ],
      methods: ['GET', 'HEAD', 'POST'],
      timeout: 1_000,
      size: 262_144,
    },
    submit: { perHour: 60, recipients: 10, from: ['*@example.org'] },
  });
  expect(
    await problemsOf(`
virtualServers:
  - id: mx
    protocol: smtp
    listen: ['127.0.0.1:2525']
    bindings:
      - sink: a
        grants:
          kv: yes please
          http: { hosts: [https://api.example.com/path], size: 1GB }
          scan: { clamd: 3310 }
          submit: { from: [me], perHour: 0 }
          secrets: { a: { env: A, file: b }, b: { env: SLUICE_TEST_NOT_SET } }
          dns: { servers: [] }
      - sink: b
        grants: [http]
`),
  ).toEqual([
    'sluice.yaml:9:15: virtualServers[0].bindings[0].grants.kv: expected true or a mapping',
    'sluice.yaml:10:27: virtualServers[0].bindings[0].grants.http.hosts[0]: expected a host such as api.example.com, api.example.com:8443 or http://intranet:8080',
    'sluice.yaml:10:64: virtualServers[0].bindings[0].grants.http.size: expected a size from 1B to 2MB',
    'sluice.yaml:11:26: virtualServers[0].bindings[0].grants.scan.clamd: expected where clamd listens: 127.0.0.1:3310, scanner.example:3310 or /run/clamav/clamd.ctl',
    'sluice.yaml:12:28: virtualServers[0].bindings[0].grants.submit.from[0]: expected an address, or *@ and a domain',
    'sluice.yaml:12:42: virtualServers[0].bindings[0].grants.submit.perHour: expected at least 1',
    'sluice.yaml:13:25: virtualServers[0].bindings[0].grants.secrets.a: expected one of env and file',
    'sluice.yaml:14:18: virtualServers[0].bindings[0].grants.dns.servers: unknown key; there are no options here',
    'sluice.yaml:16:17: virtualServers[0].bindings[1].grants.http.hosts: missing: expected a list of hosts',
  ]);
});

const secretAt = (secrets: string) => `
virtualServers:
  - id: mx
    protocol: smtp
    listen: ['127.0.0.1:2525']
    bindings: [{ sink: a, grants: { secrets: { one: ${secrets} } } }]
`;

test('secrets that are not where their grant says are problems; a path is from the folder of the file', async () => {
  expect(await problemsOf(secretAt('{ env: SLUICE_TEST_NOT_SET }'))).toEqual([
    'sluice.yaml:6:60: virtualServers[0].bindings[0].grants.secrets.one.env: the environment variable SLUICE_TEST_NOT_SET is not set',
  ]);
  expect(await problemsOf(secretAt('{ file: token }'))).toEqual([
    `sluice.yaml:6:61: virtualServers[0].bindings[0].grants.secrets.one.file: no such file: token`,
  ]);
  writeFileSync(join(folder(), 'token'), 'x');
  const config = await configOf(secretAt('{ file: token }'));
  expect(config.virtualServers[0]?.bindings[0]?.grants.secrets?.['one']).toEqual({
    file: join(folder(), 'token'),
    use: 'read',
  });
});
