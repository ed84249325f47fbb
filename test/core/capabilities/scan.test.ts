import { unlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { listenTcp, messageOf, openRig } from './host-side.ts';

/** The octets of an INSTREAM command once it is whole (clamd(8)); null before. */
function streamIn(octets: Buffer): Buffer | null {
  const command = 'zINSTREAM\0';
  if (octets.toString('latin1', 0, command.length) !== command) return null;
  const chunks: Buffer[] = [];
  for (let at = command.length; at + 4 <= octets.length;) {
    const size = octets.readUInt32BE(at);
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(octets.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return null;
}

/** Says of each stream what `judge` says; null: nothing. */
async function startClamd(judge: (stream: Buffer) => string | null) {
  return await listenTcp((socket) => {
    let octets = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      octets = Buffer.concat([octets, Buffer.from(chunk)]);
      const stream = streamIn(octets);
      const verdict = stream && judge(stream);
      if (verdict !== null) socket.end(verdict);
    });
  });
}

const grantOf = (clamd: string, more: object = {}) => ({ scan: { clamd, ...more } });

test('clamd gets every octet of the message, and its verdict comes back as a value', async () => {
  const seen: Buffer[] = [];
  await using clamd = await startClamd((stream) => {
    seen.push(stream);
    return stream.includes('EICAR') ? 'stream: Win.Test.EICAR_HDB-1 FOUND\0' : 'stream: OK\0';
  });
  await using rig = await openRig();
  const ask = (octets: string | Uint8Array) =>
    rig.call(grantOf(`127.0.0.1:${clamd.port}`), 'scan.message', [], { message: messageOf(octets) });
  const large = Buffer.alloc(300_001, '\xff\r\n', 'latin1');
  expect(await ask(large)).toEqual({ kind: 'clean' });
  expect(seen[0]?.equals(large)).toBe(true);
  expect(await ask('Subject: x\r\n\r\nEICAR')).toEqual({ kind: 'infected', name: 'Win.Test.EICAR_HDB-1' });
  expect(await ask('')).toEqual({ kind: 'clean' });
});

test.each([
  ['INSTREAM size limit exceeded. ERROR\0', 'too-large'],
  ['stream: Can not allocate memory ERROR\0', 'scanner'],
  ['stream: \x1b[31m FOUND\0', 'scanner'],
  ['x'.repeat(2000), 'scanner'],
  ['stream: OK or so\0', 'scanner'],
  ['', 'unreachable'],
])('an answer %j is no verdict: %s', async (verdict, reason) => {
  await using clamd = await startClamd(() => verdict);
  await using rig = await openRig();
  const answer = await rig.call(grantOf(`127.0.0.1:${clamd.port}`), 'scan.message', [], { message: messageOf('a') });
  expect(answer).toEqual({ kind: 'failed', reason });
});

test('a scanner that is not there, is silent, or is not sent the message because of its size is `failed`', async () => {
  await using silent = await startClamd(() => null);
  await using rig = await openRig();
  const message = messageOf('Subject: x\r\n\r\n');
  const where = `127.0.0.1:${silent.port}`;
  const ask = (grant: object, about: object = {}) => rig.call(grant, 'scan.message', [], { message, ...about });
  expect(await ask(grantOf(where, { timeout: '100ms' }))).toEqual({ kind: 'failed', reason: 'timeout' });
  expect(await ask(grantOf(where), { deadline: 30 })).toEqual({ kind: 'failed', reason: 'timeout' });
  expect(await ask(grantOf(where, { size: '3B' }))).toEqual({ kind: 'failed', reason: 'too-large' });
  expect(await ask(grantOf('/nowhere/clamd.ctl'))).toEqual({ kind: 'failed', reason: 'unreachable' });
  expect(rig.limits()).toEqual(['scan time 100ms 1', 'scan time 30s 1', 'scanned message 3B 1']);
  await expect(ask(grantOf(where), { message: null })).rejects.toThrow('this event has no message to scan');
});

test('a Unix socket is as good as a port', async () => {
  const path = join(tmpdir(), `sluice-clamd-${process.pid}.ctl`);
  const server = createServer((socket) => socket.once('data', () => socket.end('stream: OK\0')));
  server.listen(path);
  await once(server, 'listening');
  await using rig = await openRig();
  expect(await rig.call(grantOf(path), 'scan.message', [], { message: messageOf('a') })).toEqual({ kind: 'clean' });
  server.close();
  await once(server, 'close');
  await unlink(path).catch(() => undefined);
});
