import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAdminClient, startAdmin, type Backend } from '../../../core/admin/admin.ts';
import { listeningLog } from '../telemetry/listening-log.ts';
import { exampleBackend, octets } from './example-backend.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sluice-admin-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const start = (backend: Backend = exampleBackend(), log = listeningLog()) => startAdmin({ folder, backend, log });

/** What the server says to these octets, status line and body. */
async function say(request: string): Promise<string> {
  const socket = connect(join(folder, 'admin.sock'));
  socket.end(request);
  const all = await text(socket);
  return `${all.slice(9, all.indexOf('\r\n'))} ${all.slice(all.indexOf('\r\n\r\n') + 4)}`;
}

test('every route answers over the socket with what the backend said', async () => {
  const done: string[] = [];
  const backend = exampleBackend(done);
  await using _ = await start(backend);
  const { ask } = openAdminClient(folder);

  expect(await ask('status', {})).toEqual({ kind: 'answer', value: await backend.status({}) });
  expect(await ask('queue', {})).toEqual({ kind: 'answer', value: await backend.queue({}) });
  expect(await ask('mailboxes', {})).toEqual({ kind: 'answer', value: await backend.mailboxes({}) });
  const user = 'bob@example.test';
  expect(await ask('mailbox', { user })).toEqual({ kind: 'answer', value: await backend.mailbox({ user }) });
  expect(await ask('trace', { id: '01hx' })).toEqual({ kind: 'answer', value: await backend.trace({ id: '01hx' }) });
  expect(await ask('sinks', {})).toEqual({ kind: 'answer', value: await backend.sinks({}) });
  expect(await ask('release', { id: 7 })).toEqual({ kind: 'answer', value: 'done' });
  expect(await ask('remove', { id: 7 })).toEqual({ kind: 'answer', value: 'done' });
  expect(await ask('reload', {})).toEqual({ kind: 'answer', value: { kind: 'done', changes: ['replace mx'] } });
  expect(done).toEqual(['release 7', 'remove 7', 'reload']);
});

test('a message comes as its octets', async () => {
  await using _ = await start();
  const answer = await openAdminClient(folder).ask('message', { user: 'bob@example.test', uid: 3 });
  expect(answer.kind === 'answer' && Buffer.compare(answer.value, octets)).toBe(0);
});

test('a user with odd letters keeps them on the way', async () => {
  const asked: string[] = [];
  await using _ = await start({ ...exampleBackend(), mailbox: async ({ user }) => (asked.push(user), null) });
  expect(await openAdminClient(folder).ask('mailbox', { user: "o'b/../%20?#\u{1f600}@x.test" })).toEqual({
    kind: 'absent',
  });
  expect(asked).toEqual(["o'b/../%20?#\u{1f600}@x.test"]);
});

test('what does not exist is absent, and a fault is told with its cause and logged', async () => {
  const log = listeningLog();
  await using _ = await start(exampleBackend(), log);
  const { ask } = openAdminClient(folder);
  expect(await ask('release', { id: 9 })).toEqual({ kind: 'absent' });
  expect(await ask('trace', { id: 'broken' })).toEqual({
    kind: 'problem',
    text: 'database.unavailable: The database did not answer. (disk on fire)',
  });
  expect(log.lines).toEqual(['error an admin request failed']);
});

test.for<readonly [string, string]>([
  ['GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n', '404 Not Found {"problem":"there is no GET /nothing"}'],
  ['POST /status HTTP/1.1\r\nHost: x\r\n\r\n', '404 Not Found {"problem":"there is no POST /status"}'],
  ['GET /queue?x=1 HTTP/1.1\r\nHost: x\r\n\r\n', '400 Bad Request {"problem":"/queue: : Unrecognized key: \\"x\\""}'],
  ['GET /mailboxes/%zz HTTP/1.1\r\nHost: x\r\n\r\n', '404 Not Found {"problem":"there is no GET /mailboxes/%zz"}'],
  [
    'POST /queue/-1/release HTTP/1.1\r\nHost: x\r\n\r\n',
    '400 Bad Request {"problem":"/queue/:id/release: id: Too small: expected number to be >0"}',
  ],
  [
    'POST /reload HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n[]',
    '413 Payload Too Large {"problem":"a body is a JSON object of at most 64 KB, and for POST"}',
  ],
  [
    'POST /reload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"a": 1 }',
    '400 Bad Request {"problem":"/reload: : Unrecognized key: \\"a\\""}',
  ],
  [
    'GET /status HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}',
    '413 Payload Too Large {"problem":"a body is a JSON object of at most 64 KB, and for POST"}',
  ],
  [
    'POST /reload HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n{}',
    '413 Payload Too Large {"problem":"a body is a JSON object of at most 64 KB, and for POST"}',
  ],
  [`GET /trace/${'x'.repeat(9_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, '431 Request Header Fields Too Large '],
  ['\0\0\0\r\n\r\n', '400 Bad Request '],
])('a request that makes no sense is refused readably: %j', async ([request, expected]) => {
  const done: string[] = [];
  await using _ = await start(exampleBackend(done));
  expect(await say(request)).toBe(expected);
  expect(done).toEqual([]);
});

test('only the owner may use the socket, and it goes when the server stops', async () => {
  const admin = await start();
  expect(statSync(join(folder, 'admin.sock')).mode & 0o777).toBe(0o600);
  await admin[Symbol.asyncDispose]();
  expect(() => statSync(join(folder, 'admin.sock'))).toThrow('ENOENT');
  await expect(openAdminClient(folder).ask('status', {})).rejects.toMatchObject({ code: 'admin.unreachable' });
});

test('a second server on the folder is refused, and the first keeps answering', async () => {
  await using _ = await start();
  await expect(start()).rejects.toMatchObject({ code: 'data.locked' });
  expect(await openAdminClient(folder).ask('status', {})).toMatchObject({ kind: 'answer' });
});

test('the socket a killed process left behind is replaced', async () => {
  const path = JSON.stringify(join(folder, 'admin.sock'));
  const listenAndDie = `require('net').createServer().listen(${path}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', listenAndDie]);
  expect(statSync(join(folder, 'admin.sock')).isSocket()).toBe(true);
  await using _ = await start();
  expect(await openAdminClient(folder).ask('status', {})).toMatchObject({ kind: 'answer' });
});

test('a server that does not answer in time is unreachable', async () => {
  const silent = createServer().listen(join(folder, 'admin.sock'));
  await expect(openAdminClient(folder, 50).ask('status', {})).rejects.toMatchObject({ code: 'admin.unreachable' });
  silent.close();
});

test('a data folder whose path is too long for a socket is refused with the reason', async () => {
  const deep = join(folder, 'x'.repeat(120));
  await expect(startAdmin({ folder: deep, backend: exampleBackend(), log: listeningLog() })).rejects.toMatchObject({
    code: 'config.invalid',
    context: { path: join(deep, 'admin.sock'), most: 103 },
  });
});

test('what to look for in the queue reaches the backend, and what nobody asks for is told', async () => {
  const asked: object[] = [];
  const backend = exampleBackend([]);
  await using _ = await start({
    ...backend,
    queue: async (filter) => {
      asked.push(filter);
      return await backend.queue(filter);
    },
  });
  const { ask } = openAdminClient(folder);
  await ask('queue', { state: 'badmail', from: 'a b&c=d@x.test' });
  expect(asked).toEqual([{ state: 'badmail', from: 'a b&c=d@x.test' }]);
  expect(await say('GET /queue?age=7 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(/^400 .*age/s);
});
