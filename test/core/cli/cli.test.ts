import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAdmin } from '../../../core/admin/admin.ts';
import { exampleBackend, octets } from '../admin/example-backend.ts';
import { listeningLog } from '../telemetry/listening-log.ts';

const entry = fileURLToPath(new URL('./sluice.ts', import.meta.url));
const done: string[] = [];
let folder = '';
let admin: AsyncDisposable | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  mkdirSync(join(folder, 'data'));
  mkdirSync(join(folder, 'sinks'));
  admin = await startAdmin({ folder: join(folder, 'data'), backend: exampleBackend(done), log: listeningLog() });
});
afterAll(async () => {
  await admin?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

type Ran = { readonly exit: number; readonly out: string; readonly err: string; readonly octets: Buffer };

/** Runs `sluice` in the scratch folder, whose `./data` a Sluice serves. */
async function sluice(...args: readonly string[]): Promise<Ran> {
  const env = { ...process.env, TZ: 'UTC', NO_COLOR: '1' };
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([buffer(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exit: child.exitCode ?? -1, out: out.toString(), err, octets: out };
}

test('status shows what runs, and ends with 1 because there is a problem', async () => {
  const { exit, out } = await sluice('status');
  expect(out).toBe(`Sluice 0.1.0, process 42, up 60s

config      /etc/sluice.yaml (generation 3)
data        /var/sluice
queue       1 waiting, 1 held
sandbox     2 hosts
loop delay  1.3 ms (99 of 100 turns are below)

SERVER  PROTOCOL  STATE    LISTENS ON      SESSIONS  BINDINGS
mx      smtp      running  127.0.0.1:2525         2         1
pop     pop3      running  127.0.0.1:2110         0         0

sluice.yaml:3:1: x: unknown key
`);
  expect(exit).toBe(1);
});

test('queue ls shows a line per recipient, and nothing a client sent reaches the terminal as a control', async () => {
  expect(await sluice('queue', 'ls')).toMatchObject({
    exit: 0,
    err: '',
    out: `ID  STATE    SERVER  AGE  SIZE  TRACE  FROM                TO                DESTINATION  TRIES       NEXT  LAST REPLY
 7  arrived  mx      60s   2KB  01hx   alice@example.test  bob@example.test  mx.far.test      2     in 30s  451 4.3.0 later·[2J
                                                           eve@example.test                   1  delivered
 8  frozen   mx      60s    1B  01hy   <>                                                                   10 faults

2 messages
`,
  });
});

test('queue release and rm do it, and say what to do when there is no such message', async () => {
  expect(await sluice('queue', 'release', '7')).toMatchObject({
    exit: 0,
    out: 'Message 7 goes on now: sluice queue ls shows how.\n',
  });
  expect(await sluice('queue', 'rm', '7')).toMatchObject({
    exit: 0,
    out: 'Message 7 is removed; no report was sent.\n',
  });
  expect(done).toEqual(['release 7', 'remove 7']);
  expect(await sluice('queue', 'rm', '9')).toMatchObject({
    exit: 1,
    out: '',
    err: 'There is no message 9 in the queue: sluice queue ls shows those there are.\n',
  });
});

test('mailbox ls shows all mailboxes, or the messages of one', async () => {
  expect(await sluice('mailbox', 'ls')).toMatchObject({
    exit: 0,
    out: 'USER              MESSAGES  SIZE\nbob@example.test         2   3KB\n',
  });
  expect(await sluice('mailbox', 'ls', 'bob@example.test')).toMatchObject({
    exit: 0,
    out: `UID  SIZE  RECEIVED             FLAGS
  1   1KB  2026-11-23 12:00:00  \\Seen
  3   2KB  2026-11-23 12:01:00

bob@example.test: 2 messages
`,
  });
  expect(await sluice('mailbox', 'ls', 'eve@example.test')).toMatchObject({
    exit: 1,
    err: 'There is no mailbox of eve@example.test: sluice mailbox ls shows those there are.\n',
  });
});

test('mailbox cat gives the octets as they are stored, of the newest message without a UID', async () => {
  const [newest, named, json] = await Promise.all([
    sluice('mailbox', 'cat', 'bob@example.test'),
    sluice('mailbox', 'cat', 'bob@example.test', '3'),
    sluice('mailbox', 'cat', 'bob@example.test', '3', '--json'),
  ]);
  expect(Buffer.compare(newest.octets, octets)).toBe(0);
  expect(Buffer.compare(named.octets, octets)).toBe(0);
  expect(JSON.parse(json.out)).toEqual({ user: 'bob@example.test', uid: 3, octets: octets.toString('base64') });
  expect(await sluice('mailbox', 'cat', 'bob@example.test', '99')).toMatchObject({
    exit: 1,
    err: 'There is no message 99 for bob@example.test: sluice mailbox ls bob@example.test shows those there are.\n',
  });
});

test('trace shows at a glance who was asked, what each said, and how long it took', async () => {
  expect(await sluice('trace', '01hx')).toMatchObject({
    exit: 0,
    err: '',
    out: `trace 01hx on mx, 2026-11-23 12:00:00, 5 steps in 2s, 3 answers from sinks

    TIME  EVENT      SINK@REVISION       DECISION  WHAT                                                            MS
   +0 ms  MAIL                                     from alice@example.test: 250 2.1.0 ok
  +12 ms  onArrival  disclaimer@b7e23ec  next      insert-text in 1.1 (+312 octets)                              0.42
  +13 ms  onArrival  slow/night@ff00ff0  fault     sandbox.deadline: late                                        2000
  +14 ms  onArrival  disclaimer@b7e23ec  reject    550 5.7.1 No cats                                             12.5
+2015 ms  delivered                                recipient: bob@example.test; mailbox: bob@example.test/INBOX
`,
  });
});

test('trace breaks a long story over lines within its column', async () => {
  const { out } = await sluice('trace', 'long');
  const lines = out.split('\n').slice(3, -1);
  expect(lines.length).toBeGreaterThan(2);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(160);
  expect(lines.slice(1).every((line) => /^ {20,}word/.test(line))).toBe(true);
});

test('trace says where else to look', async () => {
  expect(await sluice('trace', 'none')).toMatchObject({
    exit: 1,
    err: 'There is no trace none: it may be of another data folder, or older than the traces that are kept.\n',
  });
  expect(await sluice('trace', 'broken')).toMatchObject({
    exit: 1,
    err: 'database.unavailable: The database did not answer. (disk on fire)\n',
  });
});

test('sink ls shows revisions and why the newest does not run', async () => {
  expect(await sluice('sink', 'ls')).toMatchObject({
    exit: 1,
    out: `SINK        VERSION  REVISION    BOUND TO                                    EVENTS
disclaimer  1.0.0    b7e23ec     mx/disclaimer/default, mx/disclaimer/other  onArrival
bad                  not loaded  bound nowhere
mx/disclaimer/other runs in QuickJS

mx/disclaimer/other is off since 60s: sandbox.killed. Turn it on with sluice sink on mx/disclaimer/other
mx/disclaimer/default rests for 30s: sandbox.cpu

bad: sinks/bad/sink.ts:3:5: expected ";"
`,
  });
});

test('queue missed counts and lists what went on unedited', async () => {
  expect(await sluice('queue', 'missed')).toMatchObject({
    exit: 0,
    out: `UNEDITED BY            MESSAGES  LAST
mx/disclaimer/default        12  60s ago

WHEN     TRACE  UNEDITED BY            REVISION  FAULT
60s ago  01hx   mx/disclaimer/default  b7e23ec   sandbox.breaker
`,
  });
});

test('sink on asks a binding again, and says what to do when there is none of that name', async () => {
  expect(await sluice('sink', 'on', 'mx/disclaimer/other')).toMatchObject({
    exit: 0,
    out: 'mx/disclaimer/other is asked again.\n',
  });
  expect(done).toContain('on mx/disclaimer/other');
  expect(await sluice('sink', 'on', 'mx/nobody/x')).toMatchObject({
    exit: 1,
    err: 'There is no binding mx/nobody/x: sluice sink ls shows those there are.\n',
  });
});

test('reload says what is live', async () => {
  expect(await sluice('reload')).toMatchObject({ exit: 0, out: 'Live: replace mx\n' });
});

test('every verb that asks prints JSON on demand', async () => {
  const verbs = [['status'], ['queue', 'ls'], ['mailbox', 'ls'], ['trace', '01hx'], ['sink', 'ls'], ['reload']];
  const ran = await Promise.all(verbs.map((args) => sluice(...args, '--json')));
  expect(ran.map(({ out }) => typeof JSON.parse(out))).toEqual(verbs.map(() => 'object'));
});

test('a folder where none runs ends with 3 and says what to do', async () => {
  const said = 'No Sluice runs on ./empty: start it with npm start, or name its folder with --data.\n';
  for (const args of [
    ['status'],
    ['queue', 'ls'],
    ['mailbox', 'cat', 'bob@example.test'],
    ['trace', 'x'],
    ['reload'],
  ]) {
    expect(await sluice(...args, '--data', './empty')).toMatchObject({ exit: 3, out: '', err: said });
  }
});

test('the data folder is that of the configuration, even of a broken one', async () => {
  writeFileSync(join(folder, 'other.yaml'), 'data: ./other\nnonsense: true\n');
  expect(await sluice('status', '--config', 'other.yaml')).toMatchObject({
    exit: 3,
    err: 'No Sluice runs on ./other: start it with npm start, or name its folder with --data.\n',
  });
  expect(await sluice('reload', '--config', 'other.yaml', '--data', 'data')).toMatchObject({ exit: 0 });
});

test.for([
  ['an unknown verb', ['quue'], "error: unknown command 'quue'\n(Did you mean queue?)\n(--help says how)\n"],
  [
    'an unknown option',
    ['status', '--jsn'],
    "error: unknown option '--jsn'\n(Did you mean --json?)\n(--help says how)\n",
  ],
  ['a missing argument', ['trace'], "error: missing required argument 'id'\n(--help says how)\n"],
  [
    'an argument that is no number',
    ['queue', 'rm', 'x'],
    "error: command-argument value 'x' is invalid for argument 'id'. It is a whole number.\n(--help says how)\n",
  ],
] as const)('%s ends with 2 and a hint', async ([, args, err]) => {
  expect(await sluice(...args)).toMatchObject({ exit: 2, err });
});

test('--help of every verb ends with the exit codes, and asking for it is no error', async () => {
  const verbs = [[], ['queue'], ['queue', 'ls'], ['mailbox', 'cat'], ['start'], ['check'], ['trace']];
  for (const { exit, out } of await Promise.all(verbs.map((args) => sluice(...args, '--help')))) {
    expect(exit).toBe(0);
    expect(out).toMatch(/\nExit codes:\n {2}0 {2}done\n/);
    expect(out).toContain('--data <folder>');
  }
  expect(await sluice('--version')).toMatchObject({ exit: 0, out: '9.9.9\n' });
});

const good = "virtualServers:\n  - { id: mx, protocol: smtp, listen: ['127.0.0.1:0'], bindings: [{ sink: SINK }] }\n";

test('check counts what is in a good file', async () => {
  writeFileSync(join(folder, 'good.yaml'), good.replace('SINK', 'disclaimer'));
  expect(await sluice('check', 'good.yaml')).toEqual(
    expect.objectContaining({ exit: 0, out: 'good.yaml is good: 1 virtual server, 1 binding\n', err: '' }),
  );
});

test('check prints every problem with its place and ends with 1', async () => {
  writeFileSync(join(folder, 'bad.yaml'), 'sinks: 5\nvirtualServer: []\n');
  const { exit, out } = await sluice('check', 'bad.yaml');
  expect({ exit, out }).toEqual({
    exit: 1,
    out: `bad.yaml:1:1: virtualServers: missing: expected a list
bad.yaml:1:8: sinks: expected a list
bad.yaml:2:1: virtualServer: unknown key; did you mean virtualServers?
`,
  });
  const json = await sluice('check', 'bad.yaml', '--json');
  expect(json.exit).toBe(1);
  expect(JSON.parse(json.out).problems[1]).toEqual({
    file: 'bad.yaml',
    line: 1,
    column: 8,
    path: ['sinks'],
    text: 'expected a list',
  });
});

test('check also looks at the sinks', async () => {
  writeFileSync(join(folder, 'sinkless.yaml'), good.replace('SINK', 'unknown'));
  expect(await sluice('check', 'sinkless.yaml')).toMatchObject({
    exit: 1,
    out: 'sinkless.yaml:2:75: virtualServers[0].bindings[0].sink: no such sink\n',
  });
});

test('check without a file looks at ./sluice.yaml, else at the one that comes with Sluice', async () => {
  expect((await sluice('check')).out).toBe('sluice.yaml is good: 2 virtual servers, 1 binding\n');
  writeFileSync(join(folder, 'sluice.yaml'), 'x: 1\n');
  expect((await sluice('check')).out).toContain('sluice.yaml:1:1: x: unknown key');
  rmSync(join(folder, 'sluice.yaml'));
});

test('start runs with the configuration and data folder it was given', async () => {
  expect(await sluice('start', '--config', 'a.yaml', '--data', 'd')).toMatchObject({
    exit: 0,
    out: '{"config":"a.yaml","data":"d"}\n',
  });
  const { out } = await sluice('start');
  expect(JSON.parse(out)).toEqual({
    config: join(import.meta.dirname, '../../../examples/default/sluice.yaml'),
    data: null,
  });
});

test('destination and alias verbs do what they say', async () => {
  expect(await sluice('destination', 'ls')).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/^DESTINATION .*\nmx\.far\.test +waiting +3 .*\ncold\.test +frozen +0/),
  });
  const said = async (...args: readonly string[]): Promise<string> => (await sluice(...args)).out;
  expect(await said('destination', 'freeze', 'mx.far.test')).toContain('until sluice destination thaw mx.far.test');
  expect(await said('destination', 'thaw', 'mx.far.test')).toContain('is sent again');
  expect(await said('destination', 'retry', 'mx.far.test')).toContain('3 recipients of mx.far.test tried now');
  expect(await said('destination', 'retry', 'x')).toContain('No mail waits for x, or it is frozen');
  expect(await said('queue', 'freeze', '7')).toContain('waits until sluice queue release 7');
  expect(await said('queue', 'rm', '7', '--report')).toContain('its sender gets a report');
  expect(await said('alias', 'ls')).toContain('all@example.test  bob@example.test, eve@far.test');
  expect(await said('alias', 'set', 'x@example.test', 'a@b.test', 'c@d.test')).toContain('goes to a@b.test, c@d.test');
  expect(await said('alias', 'rm', 'all@example.test')).toContain('no alias any more');
  expect(await sluice('alias', 'set', 'x@far.test', 'a@b.test')).toMatchObject({
    exit: 1,
    err: expect.stringContaining('x@far.test is in no domain of this Sluice'),
  });
  const expected = ['freeze mx.far.test', 'thaw mx.far.test', 'retry mx.far.test', 'retry x', 'freeze 7', 'bounce 7'];
  expect(done.slice(-8)).toEqual([...expected, 'alias x@example.test a@b.test c@d.test', 'unalias all@example.test']);
});

test('sink info says everything of one sink, and ends with 1 where a newer version does not run', async () => {
  const { exit, out } = await sluice('sink', 'info', 'disclaimer');
  expect(exit).toBe(0);
  expect(out).toContain('version      1.0.0\n');
  expect(out).toContain('events       onArrival\n');
  expect(out).toContain('settings     {"type":"object","properties":{"text":{"type":"string"}}}\n');
  expect(out).toContain('bindings     mx/disclaimer/default, mx/disclaimer/other\n');
  expect(out).not.toContain('shadows');
  expect((await sluice('sink', 'info', 'bad')).exit).toBe(1);
  expect(await sluice('sink', 'info', 'nope')).toMatchObject({
    exit: 1,
    err: expect.stringContaining('There is no sink nope; there are disclaimer, bad'),
  });
  expect(JSON.parse((await sluice('sink', 'info', 'disclaimer', '--json')).out)).toMatchObject({
    name: 'disclaimer',
    settings: { type: 'object' },
  });
});

test("sink logs prints a sink's own lines only, oldest first", async () => {
  expect(await sluice('sink', 'logs', 'disclaimer')).toMatchObject({
    exit: 0,
    out: '2026-11-23 12:00:00 info onArrival said hello  01hx\n',
  });
  expect(await sluice('sink', 'logs', 'bad')).toMatchObject({ exit: 0, out: '' });
  const { out } = await sluice('sink', 'logs', 'disclaimer', '--json');
  expect(JSON.parse(out)).toMatchObject({ kind: 'log', sink: 'disclaimer', detail: 'said hello' });
});

test('trace purge says how much went, and takes whole addresses only', async () => {
  expect(await sluice('trace', 'purge', '--address', 'ann@far.example')).toMatchObject({
    exit: 0,
    out: `Removed 2 traces and 1 recorded event of mail that names ann@far.example.
The log file and mail in queue and mailboxes are not touched.
`,
  });
  expect(done).toContain('purge ann@far.example');
  expect((await sluice('trace', 'purge', '--address', 'ann')).exit).toBe(2);
});
