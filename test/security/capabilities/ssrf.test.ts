import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ForbiddenAddress, guardedLookup } from '../../../core/capabilities/http/guard.ts';
import { dnsOptions, grantsOption } from '../../../core/capabilities/options.ts';
import { openRig, type Rig } from '../../core/capabilities/host-side.ts';
import { a, aaaa, startNameServer } from '../../support/name-server.ts';

/**
 * A sink tries to reach what only the machine may: a server on loopback stands for the metadata service, the console of
 * a database, the admin of a router. Not one octet may come to it.
 */
let rig: Rig;
let port = 0;
let connections = 0;
const open = new AsyncDisposableStack();

beforeAll(async () => {
  const server = createServer((_, response) => response.end('secret'));
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.defer(() => void server.close());
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
  const names = open.use(
    await startNameServer({
      'loopback.test': [a('127.0.0.1')],
      'zero.test': [a('0.0.0.0')],
      'metadata.test': [a('169.254.169.254')],
      'mixed.test': [a('192.0.43.10'), a('127.0.0.1')],
      'ten.test': [a('10.0.0.1')],
      'carrier.test': [a('100.64.0.1')],
      'mapped.test': [aaaa('00000000000000000000ffff7f000001')],
      'loopback6.test': [aaaa('00000000000000000000000000000001')],
      'local6.test': [aaaa('fe800000000000000000000000000001')],
      'unique6.test': [aaaa('fd000000000000000000000000000001')],
      'metadata6.test': [aaaa('fd000ec2000000000000000000000254')],
      'sixtofour.test': [aaaa('20027f00000100000000000000000001')],
      'nat64.test': [aaaa('0064ff9b00000000000000007f000001')],
    }),
  );
  rig = open.use(await openRig({ dns: dnsOptions.parse({ servers: [names.address], timeout: '500ms', tries: 1 }) }));
});
afterAll(() => open.disposeAsync());

const grantOf = (...hosts: readonly unknown[]) => ({ http: { hosts, timeout: '300ms' } });
const ask = (grant: object, url: string, options: object = {}) => rig.call(grant, 'http.get', [url, options]);

describe('a host that is granted, and leads to a private address', () => {
  test.each([
    'loopback',
    'zero',
    'metadata',
    'mixed',
    'ten',
    'carrier',
    'mapped',
    'loopback6',
    'local6',
    'unique6',
    'metadata6',
    'sixtofour',
    'nat64',
  ])('%s.test is a forbidden address', async (name) => {
    const host = `http://${name}.test:${port}`;
    expect(await ask(grantOf(host), host)).toEqual({ kind: 'failed', reason: 'forbidden-address' });
    expect(connections).toBe(0);
  });

  test.each([
    '127.0.0.1',
    '127.1.2.3',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[fe80::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[2001::1]',
    '[2001:db8::1]',
    '[100::1]',
  ])('%s is a forbidden address', async (address) => {
    const host = `http://${address}:${port}`;
    expect(await ask(grantOf(host), host)).toEqual({ kind: 'failed', reason: 'forbidden-address' });
    expect(connections).toBe(0);
  });

  test('a name that says another address each time is looked up once: what was checked is what is connected to', async () => {
    const says = [['192.0.43.10'], ['127.0.0.1']];
    const addressesOf = () => Promise.resolve(says.shift() ?? []);
    const lookup = promisify(guardedLookup({ addressesOf }, false));
    expect(await lookup('rebinding.test', { all: true })).toEqual([{ address: '192.0.43.10', family: 4 }]);
    expect(says).toEqual([['127.0.0.1']]);
    await expect(lookup('rebinding.test', { all: true })).rejects.toThrow(ForbiddenAddress);
    await expect(lookup('rebinding.test', {})).rejects.toThrow('no address');
  });
});

describe('a host that is not granted', () => {
  const granted = 'http://api.test:8080';
  test.each([
    ['https instead of http', 'https://api.test:8080/'],
    ['another port', 'http://api.test:8081/'],
    ['no port', 'http://api.test/'],
    ['a dot at the end', 'http://api.test.:8080/'],
    ['a longer name', 'http://api.test.evil.test:8080/'],
    ['a name in front', 'http://evil.api.test:8080/'],
    ['a decimal address', 'http://2130706433/'],
    ['an octal address', 'http://0177.0.0.1/'],
    ['a hexadecimal address', 'http://0x7f.0.0.1/'],
    ['one hexadecimal number', 'http://0x7f000001/'],
    ['a short address', 'http://127.1/'],
    ['zero', 'http://0/'],
    ['an address in full-width digits', 'http://１２７.0.0.1/'],
    ['an address with ideographic full stops', 'http://127。0。0。1/'],
    ['localhost', 'http://localhost:8080/'],
    ['localhost with a dot', 'http://localhost.:8080/'],
    ['an IPv4-mapped address', 'http://[::ffff:127.0.0.1]:8080/'],
    ['loopback of IPv6', 'http://[::1]:8080/'],
    ['the metadata service', 'http://169.254.169.254/latest/meta-data/'],
    ['an encoded host', 'http://%31%32%37.0.0.1/'],
    ['the granted host in the path', 'http://evil.test/http://api.test:8080/'],
    ['the granted host in the fragment', 'http://evil.test/#@api.test:8080/'],
    ['the granted host as a query', 'http://evil.test?api.test:8080'],
  ])('%s is refused by name', async (_, url) => {
    await expect(ask(grantOf(granted), url)).rejects.toThrow(/is not granted: add it to grants\.http\.hosts/);
  });

  test.each([
    ['the granted host as a user', 'http://api.test:8080@127.0.0.1/', 'a user in a URL is not sent'],
    ['a user at the granted host', 'http://u:p@api.test:8080/', 'a user in a URL is not sent'],
    ['a backslash', String.raw`http://api.test:8080\@127.0.0.1/`, 'expected a URL'],
    ['CR and LF in the path', 'http://api.test:8080/\r\nHost: x', 'expected a URL'],
    ['a line end before the scheme', '\nhttp://api.test:8080/', 'expected a URL'],
    ['a tab inside the scheme', 'ht\ttp://api.test:8080/', 'expected a URL'],
    ['a space in the path', 'http://api.test:8080/ HTTP/1.1', 'expected a URL'],
    ['a NUL', 'http://api.test:8080/\0', 'expected a URL'],
    ['a file', 'file:///etc/passwd', 'expected a URL'],
    ['data', 'data:text/plain,x', 'expected a URL'],
    ['gopher', 'gopher://api.test:8080/', 'expected a URL'],
    ['a Unix socket', 'http+unix://%2Fvar%2Frun%2Fdocker.sock/', 'expected a URL'],
    ['no scheme', '//api.test:8080/', 'expected a URL'],
    ['no host', 'http:///etc', /expected a URL|is not granted/],
    ['a port above all ports', 'http://api.test:80800/', 'expected a URL'],
    ['an object', { href: 'http://api.test:8080/' }, 'argument 1'],
  ])('%s is no URL', async (_, url, text) => {
    await expect(rig.call(grantOf(granted), 'http.get', [url])).rejects.toThrow(text);
  });
});

describe('what is sent', () => {
  const granted = 'http://api.test:8080';
  test.each([
    [{ 'X-A': 'a\r\nHost: evil' }],
    [{ 'X-A': 'a\nb' }],
    [{ 'X-A': 'a\0b' }],
    [{ 'X-A': 'ü' }],
    [{ 'X-A': ' a' }],
    [{ 'X-A\r\nHost': 'evil' }],
    [{ 'X A': 'a' }],
    [{ '': 'a' }],
    [{ 'X-A:': 'a' }],
    [{ 'X-A': ['a', 'b'] }],
    [{ 'X-A': { secret: 'x', prefix: 'a\r\nb' } }],
    [{ 'X-A': 'a'.repeat(9000) }],
    [Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`x-${at}`, 'a']))],
  ])('the headers %j cannot be written', async (headers) => {
    await expect(ask(grantOf(granted), granted, { headers })).rejects.toThrow(/argument 2/);
  });

  test.each([
    'Host',
    'host',
    'Connection',
    'Transfer-Encoding',
    'Content-Length',
    'Upgrade',
    'TE',
    'Trailer',
    'Expect',
    'Keep-Alive',
    'Proxy-Authorization',
    'Cookie',
    'Accept-Encoding',
    'Forwarded',
    'X-Forwarded-For',
    'Sec-Fetch-Site',
  ])('the header %s is not for a sink', async (name) => {
    await expect(ask(grantOf(granted), granted, { headers: { [name]: 'x' } })).rejects.toThrow(
      'is not for a sink to say',
    );
  });

  test('methods are those of the grant, and GET has no body', async () => {
    await expect(rig.call(grantOf(granted), 'http.request', [granted, { method: 'DELETE' }])).rejects.toThrow(
      'DELETE is not granted: add it to grants.http.methods of the binding mx/probe/probe',
    );
    await expect(rig.call(grantOf(granted), 'http.request', [granted, { method: 'CONNECT' }])).rejects.toThrow(
      'argument 2',
    );
    await expect(rig.call(grantOf(granted), 'http.request', [granted, {}])).rejects.toThrow(
      'options.method is missing',
    );
    await expect(ask(grantOf(granted), granted, { body: { text: 'x' } })).rejects.toThrow('GET has no body');
    await expect(ask(grantOf(granted), granted, { method: 'POST' })).rejects.toThrow('the method is said already');
  });
});

/** Another server on loopback, which is granted. */
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const at = typeof address === 'object' && address ? address.port : 0;
  return { port: at, [Symbol.dispose]: () => void server.close() };
}

test('a redirect is not followed: it is the answer, and its target is asked for in vain', async () => {
  const location = 'http://169.254.169.254/latest/';
  using server = await serve((_, response) => response.writeHead(302, { location, 'Set-Cookie': 'a=b' }).end());
  const host = `http://127.0.0.1:${server.port}`;
  const grant = grantOf({ host, private: true });
  expect(await ask(grant, host)).toMatchObject({ status: 302, headers: { location } });
  await expect(ask(grant, location)).rejects.toThrow('is not granted');
});

test.each([
  'https://api.test/path',
  'api.test/path',
  'ftp://api.test',
  'user@api.test',
  '*.api.test',
  '*',
  '',
  'api.test:',
  'api.test:port',
  'api.test.',
  '127.1',
  '0x7f.1',
  '2130706433',
  '0',
  'api test',
  'api.test#',
  'api.test?x',
  'bücher.test',
  '[::1',
  'http://',
])('the grant %j is no host', (host) => {
  expect(grantsOption.safeParse({ http: { hosts: [host] } }).success).toBe(false);
});

test('no proxy of the environment is asked', async () => {
  const before = connections;
  const proxy = `http://127.0.0.1:${port}`;
  Object.assign(process.env, { HTTP_PROXY: proxy, http_proxy: proxy, NODE_USE_ENV_PROXY: '1' });
  try {
    using server = await serve((_, response) => response.end('direct'));
    const host = `http://loopback.test:${server.port}`;
    expect(await ask(grantOf({ host, private: true }), host)).toMatchObject({ kind: 'response', body: 'direct' });
    expect(connections).toBe(before);
  } finally {
    for (const name of ['HTTP_PROXY', 'http_proxy', 'NODE_USE_ENV_PROXY']) delete process.env[name];
  }
});
