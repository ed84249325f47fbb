import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { capabilities } from '../../../sdk/capabilities.ts';
import { scratchFolder } from '../database/engines.ts';
import { messageOf, openRig, useRig } from './host-side.ts';

const shared = useRig();
const all = Object.entries(capabilities).flatMap(([name, { methods }]) =>
  methods.map((method) => [name, method] as const),
);

test.each(all.filter(([name, method]) => name !== 'log' && method !== 'octets'))(
  'without its grant %s.%s is not there, and the text says what to write where',
  async (name, method) => {
    const rig = shared();
    await expect(rig.call([], `${name}.${method}`, ['a', 'b', 'c'])).rejects.toThrow(
      `${name} is not granted: add needs: ['${name}'] to sink probe, and ${name} to the grants of the binding mx/probe/probe`,
    );
  },
);

test.each([
  'kv',
  'kv.',
  'kv.toString',
  'kv.constructor',
  '__proto__.get',
  'constructor.x',
  '',
  '.',
  'smime.export',
  'message.octets',
])('there is no host call %j', async (name) => {
  const rig = shared();
  await expect(rig.call(['kv', 'message'], name, ['a'])).rejects.toThrow('there is no such host call');
});

test.each([
  ['kv.get', ['']],
  ['kv.get', ['k'.repeat(513)]],
  ['kv.get', [null]],
  ['kv.get', ['a', 'b']],
  ['kv.put', ['a', 1]],
  ['kv.put', ['a', 'v'.repeat(65_537)]],
  ['kv.put', ['a', 'b', -1]],
  ['kv.put', ['a', 'b', 1.5]],
  ['kv.increment', ['a', 1.5]],
  ['kv.increment', ['a', '1']],
  ['kv.list', ['', 0]],
  ['kv.list', ['', 101]],
  ['clock.now', [1]],
  ['message.text', [1]],
  ['directory.lookup', ['']],
  ['directory.lookup', [{}]],
])('%s with %j is refused by argument', async (name, args) => {
  const rig = shared();
  await expect(rig.call(['kv', 'clock', 'message', 'directory'], name, args)).rejects.toThrow(/argument/);
});

test('kv counts, lists and keeps apart: another binding of the same sink sees nothing of it', async () => {
  await using rig = await openRig();
  const kv = (name: string, ...args: readonly unknown[]) => rig.call(['kv'], `kv.${name}`, args);
  expect(await Promise.all([kv('increment', 'n'), kv('increment', 'n', 5), kv('increment', 'n', null, 1_000)])).toEqual(
    [1, 6, 7],
  );
  await kv('put', 'a:2', 'x');
  await kv('put', 'a:1', 'y', 1_000);
  expect(await kv('list', 'a:')).toEqual(['a:1', 'a:2']);
  expect(await kv('list', 'a:', 1, 'a:1')).toEqual(['a:2']);
  await expect(kv('increment', 'a:2')).rejects.toThrow('is no whole number');
  expect(await rig.call({ kv: true, dns: true }, 'kv.get', ['a:1'])).toBe('y');
  const other = { key: 'mx/probe/other', virtualServer: 'mx', sink: 'probe', name: 'other', revision: { hash: '' } };
  expect(await rig.call(['kv'], 'kv.get', ['a:1'], { binding: { ...other, grants: { kv: {} } } })).toBe(null);
});

test('a full kv says so, and is counted', async () => {
  await using rig = await openRig();
  await rig.house.kv.put('mx/probe/probe', 'large', 'x'.repeat(10 * 2 ** 20 - 200));
  await expect(rig.call(['kv'], 'kv.put', ['k', 'v'.repeat(200)])).rejects.toThrow(
    'limit reached: this binding keeps 10 MB in kv',
  );
  await expect(rig.call(['kv'], 'kv.increment', ['k'.repeat(200)])).rejects.toThrow('limit reached');
  expect(rig.limits()).toEqual(['kv storage 10MB 2']);
});

test('the directory says what an address is, with the attributes of a user', async () => {
  await using rig = await openRig();
  const attributes = { displayName: 'Alice A.', department: 'Sales' };
  await rig.directory.sync([{ name: 'example.test', users: ['bob', { name: 'alice', attributes }] }]);
  const lookup = (address: string) => rig.call(['directory'], 'directory.lookup', [address]);
  expect(await lookup('Alice@EXAMPLE.test')).toEqual({ kind: 'user', address: 'alice@example.test', attributes });
  expect(await lookup('bob@example.test')).toEqual({ kind: 'user', address: 'bob@example.test', attributes: {} });
  expect(await lookup('eve@example.test')).toEqual({ kind: 'unknown' });
  expect(await lookup('alice@other.test')).toEqual({ kind: 'remote' });
});

const to = (count: number) => Array.from({ length: count }, (_, at) => `u${at}@example.test`);

test('an alias is told with whom it stands for, a group with at most 100 of its members', async () => {
  const directory = {
    resolve: (address: string) => Promise.resolve({ kind: 'forward', to: to(address.length) } as const),
    attributesOf: () => ({}),
  };
  await using rig = await openRig({ directory });
  const lookup = (address: string) => rig.call(['directory'], 'directory.lookup', [address]);
  expect(await lookup('a')).toEqual({ kind: 'alias', address: 'a', members: ['u0@example.test'], count: 1 });
  expect(await lookup('g'.repeat(150))).toMatchObject({ kind: 'group', members: { length: 100 }, count: 150 });
});

test('a secret is read from the environment or a file, anew each time; what is missing is named, and no value', async () => {
  await using folder = await scratchFolder();
  const file = join(folder.path, 'secret');
  await writeFile(file, 'from the file\r\n');
  await using rig = await openRig({ env: { TOKEN: 'from the environment', EMPTY: '' } });
  const grants = {
    secrets: { token: { env: 'TOKEN' }, file: { file }, gone: { file: `${file}x` }, empty: { env: 'EMPTY' } },
  };
  const read = (name: string) => rig.call(grants, 'secrets.read', [name]);
  expect([await read('token'), await read('file')]).toEqual(['from the environment', 'from the file']);
  await writeFile(file, 'another');
  expect(await read('file')).toBe('another');
  await expect(read('gone')).rejects.toThrow(`secret gone: file ${file}x is empty or cannot be read`);
  await expect(read('empty')).rejects.toThrow('secret empty: environment variable EMPTY is empty or cannot be read');
  for (const name of ['other', 'toString', '__proto__'])
    await expect(read(name)).rejects.toThrow(`there is no secret ${JSON.stringify(name)}: add it to grants.secrets`);
  expect(rig.redactor.redact('a: from the file, b: another, c: from the environment')).toBe(
    'a: [secret file], b: [secret file], c: [secret token]',
  );
});

test('a value with quotes, or several lines, is taken out as JSON writes it too, and line by line', async () => {
  await using rig = await openRig({ env: { KEY: 'first "line"\nsecond line' } });
  await rig.call({ secrets: { key: { env: 'KEY' } } }, 'secrets.read', ['key']);
  const redact = (text: string) => rig.redactor.redact(text);
  expect(redact(JSON.stringify({ text: 'first "line"\nsecond line' }))).toBe('{"text":"[secret key]"}');
  expect(redact('x second line y')).toBe('x [secret key] y');
  expect(redact('nothing')).toBe('nothing');
});

test('texts longer than a megabyte come as their two ends', async () => {
  await using rig = await openRig();
  const text = `${'a'.repeat(600_000)}${'b'.repeat(600_000)}`;
  const message = { ...messageOf('x'), text: () => text };
  const read = String(await rig.call(['message'], 'message.text', [], { message }));
  expect([read.length, read.slice(0, 2), read.slice(-2), read.includes('\n…\n')]).toEqual([
    1_048_579,
    'aa',
    'bb',
    true,
  ]);
  expect(await rig.call(['message'], 'message.html', [], { message })).toBe(null);
  expect(await rig.call(['message'], 'message.text')).toBe(null);
});

const broken = () => Promise.reject(new Error('/secret/path is broken'));

test('what fails inside is told to nobody but the log', async () => {
  await using rig = await openRig({ directory: { resolve: broken, attributesOf: () => ({}) } });
  await expect(rig.call(['directory'], 'directory.lookup', ['a@b.test'])).rejects.toThrow(/^not available now$/);
  expect(rig.lines).toEqual([
    { level: 'error', text: 'a host call failed', values: expect.objectContaining({ call: 'directory.lookup' }) },
  ]);
});
