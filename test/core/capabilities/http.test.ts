import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { dnsOptions } from '../../../core/capabilities/options.ts';
import { messageOf, openRig } from './host-side.ts';
import { a, startNameServer } from '../../support/name-server.ts';

type Seen = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
};

/** An HTTP server on loopback; `answer` gets the request once its body is here. */
async function serve(
  answer: (...args: Parameters<RequestListener>) => void,
  tls?: { readonly key: string; readonly cert: string },
) {
  const seen: Seen[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks) });
      answer(request, response);
    });
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    seen,
    port,
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const hello: RequestListener = (_, response) => response.setHeader('X-A', ['1', '2']).end('héllo');
const privately = (host: string, more: object = {}) => ({ http: { hosts: [{ host, private: true }], ...more } });

test('a GET comes back with status, headers and text; nothing is sent that the sink did not say, but what HTTP needs', async () => {
  await using server = await serve(hello);
  await using rig = await openRig();
  const headers = { 'X-Own': 'a b' };
  const answer = await rig.call(privately(server.origin), 'http.get', [`${server.origin}/p?q=1#f`, { headers }]);
  expect(answer).toMatchObject({ kind: 'response', status: 200, body: 'héllo', headers: { 'x-a': '1, 2' } });
  expect(server.seen[0]).toMatchObject({ method: 'GET', url: '/p?q=1' });
  expect(server.seen[0]?.headers).toEqual({
    'accept-encoding': 'identity',
    connection: 'close',
    host: `127.0.0.1:${server.port}`,
    'user-agent': 'sluice',
    'x-own': 'a b',
  });
});

test.each([
  [{ text: 'héllo' }, 'text/plain; charset=utf-8', Buffer.from('héllo')],
  [{ json: { a: [1, 'ü'] } }, 'application/json', Buffer.from('{"a":[1,"ü"]}')],
  [{ base64: '/wA=' }, 'application/octet-stream', Buffer.from([0xff, 0])],
  ['message', 'message/rfc822', Buffer.from('A: b\r\n\r\n\xff', 'latin1')],
])('a POST sends the body %j', async (body, type, octets) => {
  await using server = await serve(hello);
  await using rig = await openRig();
  const message = messageOf(Buffer.from('A: b\r\n\r\n\xff', 'latin1'));
  const grants = { ...privately(server.origin), message: true };
  const answer = await rig.call(grants, 'http.post', [server.origin, { body, as: 'base64' }], { message });
  expect(answer).toMatchObject({ kind: 'response', body: Buffer.from('héllo').toString('base64') });
  expect(server.seen[0]?.headers).toMatchObject({ 'content-type': type, 'content-length': String(octets.length) });
  expect(server.seen[0]?.body.equals(octets)).toBe(true);
});

test('the message is sent only where the binding may read it, and there is one', async () => {
  await using rig = await openRig();
  const send = (grants: object, message: ReturnType<typeof messageOf> | null) =>
    rig.call(grants, 'http.post', ['http://127.0.0.1:9/', { body: 'message' }], { message });
  await expect(send(privately('http://127.0.0.1:9'), messageOf('A: b\r\n\r\n'))).rejects.toThrow(
    "sending the message is not granted: add needs: ['message'] to sink probe and message to the grants of mx/probe/probe",
  );
  await expect(send({ ...privately('http://127.0.0.1:9'), message: true }, null)).rejects.toThrow('no message to send');
});

test('a secret goes into a header by its name; the sink does not read it, and no line has it', async () => {
  await using server = await serve(hello);
  await using rig = await openRig({ env: { TOKEN: 'very-secret-value' } });
  const grants = { ...privately(server.origin), secrets: { 'api-token': { env: 'TOKEN', use: 'reference' } } };
  const headers = { Authorization: { secret: 'api-token', prefix: 'Bearer ' } };
  await rig.call(grants, 'http.get', [server.origin, { headers }]);
  expect(server.seen[0]?.headers.authorization).toBe('Bearer very-secret-value');
  await expect(rig.call(grants, 'secrets.read', ['api-token'])).rejects.toThrow('for http headers only');
  expect(rig.redactor.redact('sent very-secret-value')).toBe('sent [secret api-token]');
  await expect(rig.call(privately(server.origin), 'http.get', [server.origin, { headers }])).rejects.toThrow(
    'there is no secret "api-token": add it to grants.secrets of the binding mx/probe/probe',
  );
});

const readPem = (name: string) => readFile(new URL(`../../support/certificates/${name}.pem`, import.meta.url), 'utf8');

test('https checks the certificate against the name', async () => {
  const [cert, key] = [await readPem('one.cert'), await readPem('one.key')];
  await using server = await serve(hello, { cert, key });
  await using names = await startNameServer({
    'one.example.test': [a('127.0.0.1')],
    'two.example.test': [a('127.0.0.1')],
  });
  const dns = dnsOptions.parse({ servers: [names.address] });
  const ask = async (host: string, ca?: string) => {
    await using rig = await openRig({ dns, ...(ca && { ca }) });
    return await rig.call(privately(`${host}:${server.port}`), 'http.get', [`https://${host}:${server.port}/`]);
  };
  expect(await ask('one.example.test', cert)).toMatchObject({ kind: 'response', status: 200 });
  expect(await ask('two.example.test', cert)).toEqual({ kind: 'failed', reason: 'tls' });
  expect(await ask('one.example.test')).toEqual({ kind: 'failed', reason: 'tls' });
});

test('a response larger than granted is `too-large`, said or not, and the limit is named in log, trace and count', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/said') response.setHeader('Content-Length', 2000);
    response.write(Buffer.alloc(1000, 'a'));
    response.end(Buffer.alloc(1000, 'a'));
  });
  await using rig = await openRig();
  const grants = privately(server.origin, { size: '1500B' });
  for (const path of ['/said', '/unsaid'])
    expect(await rig.call(grants, 'http.get', [server.origin + path])).toEqual({ kind: 'failed', reason: 'too-large' });
  expect(rig.limits()).toEqual(['http response 1500B 2']);
  expect(rig.lines.map(({ text }) => text)).toEqual(['a sink met its limit http response']);
  expect(rig.traced).toMatchObject(
    Array.from({ length: 2 }, () => ({ decision: 'limit', detail: '{"limit":"http response","allowed":"1500B"}' })),
  );
});

test('a header section above 16 KB is `too-large`', async () => {
  await using server = await serve((_, response) => response.setHeader('X-A', 'a'.repeat(20_000)).end());
  await using rig = await openRig();
  expect(await rig.call(privately(server.origin), 'http.get', [server.origin])).toEqual({
    kind: 'failed',
    reason: 'too-large',
  });
});

test('a compressed response is not unpacked: it is `encoded`', async () => {
  const bomb = gzipSync(Buffer.alloc(10 * 2 ** 20));
  await using server = await serve((_, response) => response.setHeader('Content-Encoding', 'gzip').end(bomb));
  await using rig = await openRig();
  expect(await rig.call(privately(server.origin), 'http.get', [server.origin])).toEqual({
    kind: 'failed',
    reason: 'encoded',
  });
});

test.each([
  ['says nothing', () => undefined],
  [
    'stops inside its header',
    (_: IncomingMessage, response: Parameters<RequestListener>[1]) => response.socket?.write('HTTP/1.1 200 OK\r\nX'),
  ],
  [
    'stops inside its body',
    (_: IncomingMessage, response: Parameters<RequestListener>[1]) => response.writeHead(200).write('a'),
  ],
])('a server that %s is a `timeout`', async (_, answer) => {
  await using server = await serve(answer);
  await using rig = await openRig();
  const grants = privately(server.origin, { timeout: '150ms' });
  expect(await rig.call(grants, 'http.get', [server.origin])).toEqual({ kind: 'failed', reason: 'timeout' });
  expect(await rig.call(privately(server.origin), 'http.get', [server.origin, { timeout: 30 }])).toEqual({
    kind: 'failed',
    reason: 'timeout',
  });
  expect(await rig.call(privately(server.origin), 'http.get', [server.origin], { deadline: 30 })).toEqual({
    kind: 'failed',
    reason: 'timeout',
  });
});

test.each([
  [
    'cuts the body',
    (response: Parameters<RequestListener>[1]) =>
      response.writeHead(200, { 'Content-Length': 9 }).write('a', () => response.destroy()),
  ],
  [
    'wants to upgrade',
    (response: Parameters<RequestListener>[1]) =>
      response.socket?.end('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
  ],
  ['speaks no HTTP', (response: Parameters<RequestListener>[1]) => response.socket?.end('220 hello\r\n')],
])('a server that %s is `unreachable`', async (_, answer) => {
  await using server = await serve((request, response) => void answer(response));
  await using rig = await openRig();
  expect(await rig.call(privately(server.origin), 'http.get', [server.origin])).toEqual({
    kind: 'failed',
    reason: 'unreachable',
  });
});

test('a 17th request of one binding at the same time is `busy`; when one ends there is room again', async () => {
  const waiting: (() => void)[] = [];
  await using server = await serve((_, response) => void waiting.push(() => void response.end()));
  await using rig = await openRig();
  const ask = () => rig.call(privately(server.origin), 'http.get', [server.origin]);
  const sixteen = Array.from({ length: 16 }, ask);
  expect(await ask()).toEqual({ kind: 'failed', reason: 'busy' });
  const other = rig.call(privately(server.origin, { timeout: '20s' }), 'http.get', [server.origin]);
  expect(await other).toEqual({ kind: 'failed', reason: 'busy' });
  while (waiting.length < 16) await new Promise((resolve) => setImmediate(resolve));
  for (const answer of waiting.splice(0)) answer();
  await Promise.all(sixteen);
  const again = ask();
  while (waiting.length < 1) await new Promise((resolve) => setImmediate(resolve));
  waiting[0]?.();
  expect(await again).toMatchObject({ kind: 'response' });
});

test('no connection is used twice', async () => {
  const ports = new Set<unknown>();
  await using server = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.setHeader('Connection', 'keep-alive').end();
  });
  await using rig = await openRig();
  for (let at = 0; at < 3; at += 1) await rig.call(privately(server.origin), 'http.get', [server.origin]);
  expect(ports.size).toBe(3);
});

test('what is under way ends with Sluice', async () => {
  await using server = await serve(() => undefined);
  await using rig = await openRig();
  const asked = rig.call(privately(server.origin), 'http.get', [server.origin]);
  while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  rig.side[Symbol.dispose]();
  expect(await asked).toEqual({ kind: 'failed', reason: 'timeout' });
});
