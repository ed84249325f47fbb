import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatProblem, readConfig, readDataFolder } from '../../../core/config/config.ts';
import { eventNames } from '../../../sdk/catalogue.ts';
import { untouching } from '../../../core/events/protection.ts';
import { openConfigFolder } from './config-folder.ts';

const { folder, read, problemsOf, configOf } = openConfigFolder();

const smallest = "virtualServers: [{ id: mx, protocol: smtp, listen: ['127.0.0.1:25'] }]\n";

test('readConfig() fills in every default, in milliseconds and octets', async () => {
  const { virtualServers, sandbox, telemetry, domains } = await configOf(smallest);
  expect({ sandbox, telemetry, domains }).toEqual({
    sandbox: { hosts: null, engine: 'isolate', memory: 64 * 2 ** 20, limits: {} },
    telemetry: { level: 'info', file: null, record: null, trace: { days: 14, size: 256 * 2 ** 20 } },
    domains: [],
  });
  expect(virtualServers[0]).toMatchObject({
    id: 'mx',
    protocol: 'smtp',
    listen: [{ address: '127.0.0.1', port: 25 }],
    hostname: null,
    tls: null,
    greetingDelay: 0,
    bindings: [],
    limits: { size: 25 * 2 ** 20, recipients: 100, commandLength: 2_048, idle: 300_000, connections: 1_000 },
  });
});

test('readConfig() names a binding after its sink, and keeps what was not said apart from what was', async () => {
  const config = await configOf(`
virtualServers:
  - id: mx
    protocol: smtp
    listen: ['[::1]:0']
    bindings:
      - sink: a
      - { sink: a, name: b, events: [onRcpt], priority: 1, rule: 'rcpt to=*', deadline: 1s, onFault: next, enabled: false,
          grants: [kv], settings: { deep: [1] }, on: { onRcpt: { rule: { any: [{ rcptTo: x }] }, deadline: 2s } } }
`);
  const notSaid = { rule: null, priority: null, deadline: null, onFault: null };
  const notDeferred = {
    maxDefer: null,
    afterMaxDefer: null,
    smime: untouching,
    limits: {},
    engine: null,
    shadow: false,
  };
  expect(config.virtualServers[0]?.bindings).toEqual([
    { sink: 'a', name: 'a', events: null, ...notSaid, ...notDeferred, grants: {}, settings: {}, enabled: true, on: {} },
    {
      sink: 'a',
      name: 'b',
      events: ['onRcpt'],
      rule: 'rcpt to=*',
      priority: 1,
      deadline: 1_000,
      onFault: 'next',
      ...notDeferred,
      grants: { kv: {} },
      settings: { deep: [1] },
      enabled: false,
      on: { onRcpt: { ...notSaid, rule: { any: [{ rcptTo: 'x' }] }, deadline: 2_000 } },
    },
  ]);
});

test('readConfig() takes data from the working directory and every other path from the file', async () => {
  const { data, sinks, telemetry } = await configOf(
    `${smallest}data: here\nsinks: [sinks]\ntelemetry: { file: a.log }`,
  );
  expect({ data, sinks, file: telemetry.file }).toEqual({
    data: join(process.cwd(), 'here'),
    sinks: [join(folder(), 'sinks')],
    file: join(folder(), 'a.log'),
  });
});

test('readDataFolder() finds it in a broken file too, and falls back to the default', async () => {
  writeFileSync(join(folder(), 'broken.yaml'), 'data: here\nnonsense: true\nvirtualServers: 5');
  expect(await readDataFolder(join(folder(), 'broken.yaml'))).toBe(join(process.cwd(), 'here'));
  writeFileSync(join(folder(), 'broken.yaml'), 'data: [');
  expect(await readDataFolder(join(folder(), 'broken.yaml'))).toBe(join(process.cwd(), 'data'));
  expect(await readDataFolder(join(folder(), 'nowhere.yaml'))).toBe(join(process.cwd(), 'data'));
});

test('readConfig() gives the config of `npm start`', async () => {
  const found = await readConfig('examples/default/sluice.yaml');
  expect(found).toMatchObject({ kind: 'config', config: { virtualServers: [{ id: 'mx' }, { id: 'pop' }] } });
});

test('readConfig() reports every problem of every part at once, in the order of the file', async () => {
  expect(
    await problemsOf(`
sinks: [sinks, ./nowhere]
domains:
  - name: example.test
    users: [alice, 'carol@example.test', Alice]
  - name: no_good
virtualServers:
  - id: MX
    protocol: smtp
    listen: ['127.0.0.1:2525', 'localhost:25', '[::1]:99999', '[127.0.0.1]:25']
    hostnam: mail.example.test
    hostname: a_b
    tls: { certificate: a }
    limits: { size: 25, recipients: none, sise: 25MB, idle: 5 minutes, commandLength: 10 }
    greetingDelay: 2h
    bindings:
      - sink: disclaimer
        name: ''
        events: [onArival]
        priority: 99999
        rule: 7
        onFault: defr
        deadline:
        grants: [mesage]
        settings: 5
        enabled: yes
        on: { onRcptt: { rule: x }, onRcpt: { deadline: 1x, color: red } }
      - events: []
      - sink: 1
  - id: b
    protocol: smpt
    listen: []
  - protocol: pop3
    limits: { size: 25MB }
  - just text
sandbox: { hosts: 0, memory: 1KB }
telemetry: { level: verbose, trace: { days: 1.5 } }
queue: {}
`),
  ).toEqual([
    'sluice.yaml:5:20: domains[0].users[1]: expected the part of an address before the @',
    'sluice.yaml:6:11: domains[1].name: expected a domain such as example.org',
    'sluice.yaml:8:9: virtualServers[0].id: expected a name of lower-case letters, digits and -',
    "sluice.yaml:10:32: virtualServers[0].listen[1]: expected an address and port such as '127.0.0.1:2525', '[::1]:2525' or 'tls://0.0.0.0:465'",
    "sluice.yaml:10:48: virtualServers[0].listen[2]: expected an address and port such as '127.0.0.1:2525', '[::1]:2525' or 'tls://0.0.0.0:465'",
    "sluice.yaml:10:63: virtualServers[0].listen[3]: expected an address and port such as '127.0.0.1:2525', '[::1]:2525' or 'tls://0.0.0.0:465'",
    'sluice.yaml:11:5: virtualServers[0].hostnam: unknown key; did you mean hostname?',
    'sluice.yaml:12:15: virtualServers[0].hostname: expected a host name',
    'sluice.yaml:13:10: virtualServers[0].tls.key: missing: expected a text',
    'sluice.yaml:14:21: virtualServers[0].limits.size: expected a size such as 25MB',
    'sluice.yaml:14:37: virtualServers[0].limits.recipients: expected a whole number',
    'sluice.yaml:14:43: virtualServers[0].limits.sise: unknown key; did you mean size?',
    'sluice.yaml:14:61: virtualServers[0].limits.idle: expected a duration such as 30s',
    'sluice.yaml:14:87: virtualServers[0].limits.commandLength: expected at least 512',
    'sluice.yaml:15:20: virtualServers[0].greetingDelay: expected a duration from 0s to 1m',
    'sluice.yaml:18:15: virtualServers[0].bindings[0].name: expected a name of lower-case letters, digits and -',
    `sluice.yaml:19:18: virtualServers[0].bindings[0].events[0]: expected one of ${eventNames.join(', ')}; did you mean onArrival?`,
    'sluice.yaml:20:19: virtualServers[0].bindings[0].priority: expected at most 32767',
    'sluice.yaml:21:15: virtualServers[0].bindings[0].rule: expected a rule: a text or a mapping',
    'sluice.yaml:22:18: virtualServers[0].bindings[0].onFault: expected one of next, defer, quarantine, reject; did you mean defer?',
    'sluice.yaml:23:18: virtualServers[0].bindings[0].deadline: no value: expected a duration such as 30s',
    'sluice.yaml:24:17: virtualServers[0].bindings[0].grants.mesage: unknown key; did you mean message?',
    'sluice.yaml:25:19: virtualServers[0].bindings[0].settings: expected a mapping',
    'sluice.yaml:26:18: virtualServers[0].bindings[0].enabled: expected true or false',
    'sluice.yaml:27:15: virtualServers[0].bindings[0].on.onRcptt: unknown key; did you mean onRcpt?',
    'sluice.yaml:27:57: virtualServers[0].bindings[0].on.onRcpt.deadline: expected a duration such as 30s',
    'sluice.yaml:27:61: virtualServers[0].bindings[0].on.onRcpt.color: unknown key; known here: rule, priority, deadline, onFault',
    'sluice.yaml:28:9: virtualServers[0].bindings[1].sink: missing: expected a name',
    'sluice.yaml:28:17: virtualServers[0].bindings[1].events: expected at least one event',
    'sluice.yaml:29:15: virtualServers[0].bindings[2].sink: expected a name',
    'sluice.yaml:31:15: virtualServers[1].protocol: expected one of smtp, pop3; did you mean smtp?',
    'sluice.yaml:33:5: virtualServers[2].id: missing: expected a name',
    'sluice.yaml:33:5: virtualServers[2].listen: missing: expected a list',
    expect.stringMatching(
      /^sluice.yaml:34:15: virtualServers\[2\].limits.size: unknown key; known here: connections, /,
    ),
    'sluice.yaml:35:5: virtualServers[3]: expected a mapping',
    'sluice.yaml:36:19: sandbox.hosts: expected at least 1',
    'sluice.yaml:36:30: sandbox.memory: expected a size from 8MB to 1GB',
    'sluice.yaml:37:21: telemetry.level: expected one of debug, info, warn, error',
    'sluice.yaml:37:45: telemetry.trace.days: expected a whole number',
    'sluice.yaml:38:1: queue: unknown key; known here: data, sinks, domains, routes, relay, virtualServers, dns, sandbox, smime, telemetry',
  ]);
});

test('readConfig() finds what is given twice, beside what is wrong by itself', async () => {
  expect(
    await problemsOf(`
domains:
  - { name: example.test, users: [bob, Bob] }
  - name: Example.TEST
virtualServers:
  - { id: mx, protocol: smtp, listen: ['127.0.0.1:25', '127.0.0.1:0', '127.0.0.1:0'] }
  - { id: mx, protocol: smtp, listen: ['127.0.0.1:25'] }
  - { id: any, protocol: smtp, listen: ['0.0.0.0:25', '0.0.0.0:26'] }
  - { id: other, protocol: smtp, listen: ['[::1]:26', '127.0.0.2:27', '127.0.0.3:27'] }
  - { id: both, protocol: smtp, listen: ['[::]:27'] }
  - { id: store, protocol: smtp, listen: ['127.0.0.1:28'], bindings: [{ sink: a }, { sink: b }, { sink: a }] }
  - { id: bad, protocol: smtp, listen: 5 }
`),
  ).toEqual([
    'sluice.yaml:3:40: domains[0].users[1]: bob is taken by domains[0].users[0]',
    'sluice.yaml:4:11: domains[1].name: example.test is taken by domains[0].name',
    'sluice.yaml:7:11: virtualServers[1].id: mx is taken by virtualServers[0].id',
    'sluice.yaml:7:40: virtualServers[1].listen[0]: port 25 is taken by virtualServers[0].listen[0]',
    'sluice.yaml:8:41: virtualServers[2].listen[0]: port 25 is taken by virtualServers[0].listen[0]',
    'sluice.yaml:10:42: virtualServers[4].listen[0]: port 27 is taken by virtualServers[3].listen[1]',
    'sluice.yaml:11:11: virtualServers[5].id: store is a reserved name',
    'sluice.yaml:11:97: virtualServers[5].bindings[2]: binding a/a is taken by virtualServers[5].bindings[0]; give one of them another name',
    'sluice.yaml:12:40: virtualServers[6].listen: expected a list',
  ]);
});

test('readConfig() says what is wrong with domains and routes, where it stands', async () => {
  const problems = await problemsOf(`
domains:
  - { name: a.test, users: [bob], aliases: { bob: [x] }, default: true }
  - { name: b.test, aliasOf: c.test, default: true }
  - { name: d.test, aliasOf: a.test, users: [eve] }
routes:
  - { domain: '*', smartHost: 'mail.test:587', auth: { user: u, passwordEnv: SLUICE_NO_SUCH_VARIABLE } }
  - { domain: '*', tls: { ca: nowhere.pem } }
virtualServers:
  - { id: mx, protocol: smtp, listen: ['127.0.0.1:0'] }
`);
  expect(problems).toEqual([
    'sluice.yaml:3:51: domains[0].aliases.bob: bob is a user of this domain',
    'sluice.yaml:4:30: domains[1].aliasOf: c.test is no other domain here',
    'sluice.yaml:4:47: domains[1].default: the default domain is taken by domains[0].default',
    'sluice.yaml:5:45: domains[2].users: its users are those of a.test',
    'sluice.yaml:7:78: routes[0].auth.passwordEnv: there is no environment variable SLUICE_NO_SUCH_VARIABLE',
    'sluice.yaml:8:15: routes[1].domain: * is taken by routes[0].domain',
    expect.stringMatching(/^sluice.yaml:8:31: routes\[1\].tls.ca: cannot read .*nowhere.pem$/),
  ]);
});

test.for([
  ["{ domain: 'x..y' }", 'routes[0].domain: expected a domain such as example.com, *.example.com or *'],
  ["{ domain: '*', smartHost: 'a b' }", 'sluice.yaml:2:36: routes[0].smartHost'],
  ["{ domain: '*', auth: { user: u, password: secret } }", 'unknown key'],
  ["{ domain: '*', auth: { user: u } }", 'expected one of passwordEnv and passwordFile'],
])('a route %s is refused', async ([route, text]) => {
  const [problem = '', ...more] = await problemsOf(
    `virtualServers: [{ id: mx, protocol: smtp, listen: ['127.0.0.1:0'] }]\nroutes: [${route}]`,
  );
  expect([problem, ...more].join(' ')).toContain(text);
});

test('readConfig() looks for the folders and files that are named', async () => {
  writeFileSync(join(folder(), 'a.pem'), 'no certificate');
  const server = "{ id: ID, protocol: smtp, listen: ['127.0.0.1:0'], tls: TLS }";
  const problems = await problemsOf(`
sinks: [sinks, nowhere, a.pem]
virtualServers:
  - ${server.replace('ID', 'a').replace('TLS', '{ certificate: a.pem, key: b.pem }')}
  - ${server.replace('ID', 'b').replace('TLS', '{ certificate: a.pem, key: a.pem }')}
`);
  expect(problems).toEqual([
    'sluice.yaml:2:16: sinks[1]: no such folder: nowhere',
    'sluice.yaml:2:25: sinks[2]: not a folder: a.pem',
    'sluice.yaml:4:60: virtualServers[0].tls: cannot read b.pem',
    expect.stringMatching(/^sluice.yaml:5:60: virtualServers\[1\].tls: certificate and key cannot be used: /),
  ]);
});

test.for<readonly [string, string | Uint8Array, readonly string[]]>([
  ['an empty file', '# nothing yet\n', ['sluice.yaml:1:1: virtualServers: missing: expected a list']],
  ['no server', 'virtualServers: []', ['sluice.yaml:1:17: virtualServers: expected at least one virtual server']],
  ['a list', '- a', ['sluice.yaml:1:1: expected a mapping']],
  ['a tab', 'a:\n\tb: 1', ['sluice.yaml:2:1: tabs are not allowed as indentation']],
  ['a key given twice', 'data: a\ndata: b', ['sluice.yaml:2:1: this key is given twice']],
  [
    'two documents',
    'a: 1\n---\nb: 1',
    ['sluice.yaml:2:1: a second document starts here; one file is one configuration'],
  ],
  ['an unknown anchor', 'a: *b', ['sluice.yaml:1:4: there is no anchor &b above']],
  ['an alias bomb', bomb(), ['sluice.yaml:1:1: excessive alias count indicates a resource exhaustion attack']],
  ['octets that are no text', Uint8Array.of(0xff, 0xfe), ['sluice.yaml:1:1: not UTF-8']],
  ['something large', 'x'.repeat(2 ** 20 + 1), ['sluice.yaml:1:1: larger than 1MB: this is no configuration']],
])('readConfig() refuses %s', async ([, yaml, expected]) => {
  expect(await problemsOf(yaml)).toEqual(expected);
});

test('readConfig() refuses a file that is not there, and a folder', async () => {
  expect(await readConfig('/nowhere.yaml')).toMatchObject({ problems: [{ text: 'no such file' }] });
  expect(await readConfig(folder())).toMatchObject({ problems: [{ text: 'this is a folder' }] });
});

test('problemAt() makes problems found later read like the others', async () => {
  const found = await read(`
virtualServers:
  - id: mx
    protocol: smtp
    listen: ['127.0.0.1:25']
    bindings:
      - sink: disclaimer
        rule: 'mail from=*;nonsense'
        settings:
          text: 5
`);
  if (found.kind !== 'config') throw new Error('not read');
  const binding = ['virtualServers', 0, 'bindings', 0];
  const shown = [
    found.problemAt([...binding, 'sink'], 'no such sink'),
    found.problemAt([...binding, 'settings', 'text'], 'expected a text'),
    found.problemAt([...binding, 'settings', 'html', 'footer'], 'expected a text'),
    found.problemAt([...binding, 'rule'], 'unknown command nonsense', 13),
  ].map((one) => formatProblem(one).replace(`${folder()}/`, ''));
  expect(shown).toEqual([
    'sluice.yaml:7:15: virtualServers[0].bindings[0].sink: no such sink',
    'sluice.yaml:10:17: virtualServers[0].bindings[0].settings.text: expected a text',
    'sluice.yaml:10:11: virtualServers[0].bindings[0].settings.html.footer: missing: expected a text',
    'sluice.yaml:8:28: virtualServers[0].bindings[0].rule: unknown command nonsense',
  ]);
});

function bomb(): string {
  const lines = ['b', 'c', 'd'].map(
    (name, at) => `${name}: &${name} [${Array(30).fill(`*${'abc'[at]}`).join(', ')}]\n`,
  );
  return `a: &a [x]\n${lines.join('')}`;
}
