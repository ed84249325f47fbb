import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePorts } from '../../support/ports.ts';

const main = resolve(import.meta.dirname, '../../../core/main.ts');
const source = (word: string): string => `import { defineSink, next, prependField } from '@sluice/sdk';

export default defineSink({
  name: 'probe', version: '1.0.0', description: 'A probe.', role: 'edits', needs: ['kv', 'message'],
  async onArrival({ message, envelope }, { kv, message: reader, log }) {
    log.info('asked', { text: await reader.text(), octets: await reader.octets(0, 5), seen: await kv.increment('n') });
    if (envelope.reversePath === 'evil@a.example') throw new Error('evil');
    return next(prependField('X-${word}', message.field('Subject') ?? 'none'));
  },
});
`;

/** Starts `sluice sink inspect`; ends with the test. */
async function inspect(...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-inspect-test-'));
  mkdirSync(join(folder, 'sinks/probe'), { recursive: true });
  const save = (text: string): void => writeFileSync(join(folder, 'sinks/probe/sink.ts'), text);
  save(source('First'));
  writeFileSync(join(folder, 'mail.eml'), 'From: ann@a.example\r\nSubject: Hi\r\n\r\nHello\r\n');
  const [port = 0] = await findFreePorts(1);
  const command = [main, 'sink', 'inspect', 'probe', '--port', String(port), ...args];
  const child = spawn(process.execPath, command, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });
  let said = '';
  const says = async (text: string): Promise<string> => {
    while (!said.includes(text)) {
      if (child.exitCode !== null) throw new Error(`it ended without saying ${text}:\n${said}`);
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), once(child, 'close')]);
    }
    return said;
  };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, port, says, save };
}

/** What a debugger does first: it finds the process, attaches, and lets it go on. */
async function attach(port: number): Promise<{ readonly scripts: readonly string[]; readonly detach: () => void }> {
  const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  const [target] = Array.isArray(targets) ? targets : [];
  const socket = new WebSocket(String(target.webSocketDebuggerUrl));
  const scripts: string[] = [];
  const done = Promise.withResolvers<void>();
  socket.addEventListener('message', ({ data }) => {
    const { method, params, id } = JSON.parse(String(data));
    if (method === 'Debugger.scriptParsed' && String(params.url).includes('sluice-inspect'))
      scripts.push(params.sourceMapURL);
    if (method === 'Debugger.paused') socket.send(JSON.stringify({ id: 3, method: 'Debugger.resume' }));
    if (id === 2) done.resolve();
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 1, method: 'Debugger.enable' }));
  socket.send(JSON.stringify({ id: 2, method: 'Runtime.runIfWaitingForDebugger' }));
  await done.promise;
  return { scripts, detach: () => socket.close() }; // Node waits at its end for whoever is attached
}

test('sink inspect runs a sink under the inspector, and again as the file is then', { timeout: 60_000 }, async () => {
  const { child, port, says, save } = await inspect('--eml', 'mail.eml');
  expect(await says('Waiting for a debugger')).toContain(
    'UNSANDBOXED, for development only: sinks/probe/sink.ts runs as plain Node, with all your rights and without limits.\n',
  );
  const { scripts, detach } = await attach(port);
  const [map = ''] = scripts;
  const { sources } = JSON.parse(Buffer.from(map.split('base64,')[1] ?? '', 'base64').toString());
  expect(sources).toContainEqual(expect.stringMatching(/^file:\/\/\/.*\/sinks\/probe\/sink\.ts$/));

  const first = await says('Enter asks it again');
  expect(first).toContain('onArrival: {"kind":"next"}');
  expect(first).toContain('edit {"kind":"prepend-field","name":"X-First","value":"Hi"}');
  expect(first).toContain('host calls: message.text, kv.increment\n');
  expect(first).toContain('log info: asked {"text":"Hello\\n","octets":"From:","seen":1}');
  save(source('Second'));
  child.stdin.write('\n');
  await says('"name":"X-Second"');
  detach();
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('sink inspect shows a fault with the line of the source', { timeout: 60_000 }, async () => {
  writeFileSync(
    join(tmpdir(), `payload-${process.pid}.json`),
    '{"envelope":{"reversePath":"evil@a.example","recipients":[]}}',
  );
  const { port, says } = await inspect('--eml', 'mail.eml', '--payload', join(tmpdir(), `payload-${process.pid}.json`));
  await says('Waiting for a debugger');
  await attach(port);
  expect(await says('Enter asks it again')).toMatch(/onArrival: failed\nError: evil\n[^]*sinks\/probe\/sink\.ts:7:\d+/);
});

test('sink inspect refuses an event there is not', { timeout: 60_000 }, async () => {
  const { child, says } = await inspect('--event', 'onNothing');
  await says('There is no event onNothing; there are onConnect');
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(2);
});
