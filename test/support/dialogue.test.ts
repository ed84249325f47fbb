import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openClient, play } from './dialogue.ts';

async function serve(onSocket: (socket: Socket) => void): Promise<AsyncDisposable & { port: number }> {
  const server = createServer(onSocket);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

test('play() sends C: lines in a row in one segment and understands raw octets', async () => {
  const segments: string[] = [];
  await using server = await serve((socket) => {
    socket.on('data', (chunk) => {
      segments.push(chunk.toString('latin1'));
      socket.write('250-one\r\n250 two\r\n');
    });
  });
  await play(
    `C: first
     C: second
     R: a\\0\\n\\x80.
     S: 250*
     C: third
     S: 250-o…e
     S: 250 two`,
    server.port,
  );
  expect(segments).toEqual(['first\r\nsecond\r\na\0\n\x80.', 'third\r\n']);
});

test('play() fails on another line, on a missing one after close, and on more than expected before close', async () => {
  await using server = await serve((socket) => socket.end('+OK hello\r\n+OK more\r\n'));

  await expect(play('S: +OK bye', server.port)).rejects.toThrow('expected S: +OK bye');
  await expect(play('S: …\nS: …\nS: +OK', server.port)).rejects.toThrow('the server closed');
  await expect(play('S: +OK hello\n-- closed', server.port)).rejects.toThrow('said more');
  await play('S: +OK h…\nS: …\n-- closed', server.port);
});

test('closed() gives the lines nobody took', async () => {
  await using server = await serve((socket) => socket.end('a\r\nb\r\nc'));
  await using client = await openClient(server.port);
  expect(await client.closed()).toEqual(['a', 'b']);
});
