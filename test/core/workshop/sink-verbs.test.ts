import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../../../core/cli/cli.ts';
import { templateNames } from '../../../core/cli/verbs/sink-new.ts';
import { play } from '../../support/dialogue.ts';
import { findFreePorts } from '../../support/ports.ts';

const root = resolve(import.meta.dirname, '../../..');
const main = join(root, 'core/main.ts');
const before = process.cwd();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-verbs-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  process.chdir(folder); // somebody who has no Sluice of their own
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

type Said = { readonly status: number | null; readonly text: string };

/** `sluice …` in this process. */
async function sluice(...args: readonly string[]): Promise<Said> {
  let text = '';
  const say = (said: string | Uint8Array): void => void (text += said.toString());
  const terminal = { out: say, err: say, isTty: false, columns: 80 };
  const parts = { version: '0', run: async () => 1, inspect: async () => [], terminal };
  return { status: await runCli(args, parts), text };
}

/** `sluice …` as a process of its own: what starts a test runner cannot run inside one. */
function sluiceAlone(...args: readonly string[]): Said {
  const env = { ...process.env, NO_COLOR: '1', VITEST: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

/** Milliseconds a line may take; only a failing test waits so long. */
const patience = 20_000;

const mail = 'From: alice@example.test\r\nTo: bob@example.test\r\nSubject: Hi\r\n\r\nHello\r\n';

test('a new sink of every template compiles, and passes its own test', { timeout: 60_000 }, async () => {
  const names = await templateNames();
  expect(names).toContain('hello');
  for (const name of names)
    expect(await sluice('sink', 'new', `my-${name}`, '--template', name)).toMatchObject({ status: 0 });

  const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(folder, 'sinks')], { encoding: 'utf8' });
  expect(tsc.stdout).toBe('');
  const { status, text } = sluiceAlone('sink', 'test');
  expect({ status, text }).toMatchObject({ status: 0 });
  expect(text).toMatch(new RegExp(`Test Files +${names.length} passed`));
  expect(readFileSync(join(folder, 'sinks/my-hello/sink.ts'), 'utf8')).toContain("name: 'my-hello'");
});

test.each([
  [['sink', 'new', 'My Sink'], 2, "My Sink cannot be a sink's name: lower case letters, digits and -\n"],
  [['sink', 'new', 'a', '--template', 'nope'], 2, 'There is no template nope; there are '],
  [['sink', 'new', 'my-hello'], 1, 'sinks/my-hello is there already: choose another name, or remove it\n'],
  [['sink', 'try', 'nope', 'm.eml'], 1, 'There is no sink nope in '],
  [['sink', 'try', 'my-hello', 'none.eml'], 2, 'There is no message none.eml\n'],
  [['sink', 'try', 'my-hello', 'none.eml', '--event', 'onNothing'], 2, 'There is no event onNothing; there are '],
])('%j is refused, and the text says what to do', async (args, status, text) => {
  const said = await sluice(...args);
  expect(said.status).toBe(status);
  expect(said.text).toContain(text);
});

test('sink test exits 1 when a test fails', () => {
  cpSync(join(folder, 'sinks/my-hello'), join(folder, 'sinks/failing'), { recursive: true });
  const file = join(folder, 'sinks/failing/sink.test.ts');
  writeFileSync(file, readFileSync(file, 'utf8').replace('toPass()', "toReject('x')"));
  const { status, text } = sluiceAlone('sink', 'test', 'failing');
  expect(status).toBe(1);
  expect(text).toContain('expected onArrival to reject with x; it answered {"kind":"next"');
});

test('sink try shows decision, edits, log, what changed and what the signature is worth', async () => {
  writeFileSync(join(folder, 'mail.eml'), mail);
  const { status, text } = await sluice(
    'sink',
    'try',
    'my-hello',
    'mail.eml',
    '--output',
    'out.eml',
    '--render',
    'out.html',
  );
  expect(status).toBe(0);
  expect(text).toContain('onArrival: {"kind":"next"}');
  expect(text).toContain('log info: said hello {"recipient":"bob@example.test","subject":"Hi"}');
  expect(text).toContain('signature: neither signed nor encrypted');
  expect(text).toContain('+ X-Hello: Hello, bob@example.test\n');
  expect(readFileSync(join(folder, 'out.eml'), 'utf8')).toBe(`X-Hello: Hello, bob@example.test\r\n${mail}`);
  expect(readFileSync(join(folder, 'out.html'), 'utf8')).toContain('<ins>+ X-Hello: Hello, bob@example.test</ins>');
});

test('sink try says that a signature is intact, and leaves what it covers as it is', async () => {
  const signed = join(root, 'test/messages/smime/clear-signed.eml');
  await sluice('sink', 'new', 'department-disclaimer', '--template', 'department-disclaimer');
  writeFileSync(join(folder, 'settings.yaml'), 'texts: { "*": Confidential. }');
  const { text } = await sluice('sink', 'try', 'department-disclaimer', signed, '--settings', 'settings.yaml');
  expect(text).toMatch(/\nsignature: signed: S\/MIME multipart\/signed at the top, intact \(.*\)\n/);
  expect(text).toContain('the message is as it was');
});

test('sink dev shows what a sink does, and where a mistake is, as it happens', { timeout: 60_000 }, async () => {
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const args = [main, 'sink', 'dev', 'my-hello', '--smtp', String(smtp), '--pop3', String(pop3)];
  const dev = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const watching = new Set<() => void>();
  for (const stream of [dev.stdout, dev.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      for (const look of watching) look();
    });
  const shows = (text: string): Promise<void> =>
    new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`it does not say ${text}:\n${said}`)), patience);
      const look = (): void => {
        if (!said.includes(text)) return;
        watching.delete(look);
        clearTimeout(late);
        done();
      };
      watching.add(look);
      look();
    });
  try {
    await shows('Ctrl-c ends this');
    await play(
      `S: 220 …
      C: EHLO client.example
      S: 250*
      C: MAIL FROM:<alice@example.test>
      C: RCPT TO:<bob@example.test>
      C: DATA
      S: 250*
      S: 250*
      S: 354 …
      C: Subject: Hi
      C:
      C: .
      S: 250*`,
      smtp,
    );
    await shows('onArrival → next prepend-field X-Hello (+34 octets)');
    const file = join(folder, 'sinks/my-hello/sink.ts');
    const source = readFileSync(file, 'utf8');
    writeFileSync(file, source.replace('return next(', 'return next(;'));
    await shows('sinks/my-hello/sink.ts:12:17: Unexpected ";"\n  12 |     return next(;prependField(');
    writeFileSync(file, source.replace('Hello, ', 'Moin, '));
    await shows('live: my-hello 1.0.0 ');
    dev.kill('SIGTERM');
    expect(await once(dev, 'exit')).toEqual([0, null]);
    expect(existsSync(/\/\S*sluice-dev-\w+/.exec(said)?.[0] ?? folder)).toBe(false);
  } finally {
    dev.kill('SIGKILL');
  }
});
