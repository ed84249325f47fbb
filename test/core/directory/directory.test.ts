import { describe, expect, test } from 'vitest';
import { readAddress } from '../../../core/directory/address.ts';
import { openDirectory, type Directory } from '../../../core/directory/directory.ts';
import { engines, openHouse, type House } from '../database/engines.ts';

const domains = [{ name: 'Example.test', users: ['alice', 'Bob'] }];

function directoryOf({ database }: House): Directory {
  return openDirectory(database, { hashPassword: (password) => Promise.resolve(`hash of ${password}`) });
}

const userAt = (address: string) => ({ kind: 'user', user: address, mailbox: `${address}/INBOX` });

describe.each(engines)('directory ($name)', (engine) => {
  test('knows nobody before sync(), then the users of the configuration in any case', async () => {
    await using house = await openHouse(engine);
    const directory = directoryOf(house);
    expect(await directory.resolve('alice@example.test')).toEqual({ kind: 'remote' });
    await directory.sync(domains);
    const alice = { kind: 'user', user: 'alice@example.test', mailbox: 'alice@example.test/INBOX' };
    expect(await directory.resolve('alice@example.test')).toEqual(alice);
    expect(await directory.resolve('"Alice"@EXAMPLE.TEST')).toEqual(alice);
    expect(await directory.resolve('bob@example.test')).toMatchObject({ user: 'bob@example.test' });
    expect(await directory.resolve('eve@example.test')).toEqual({ kind: 'unknown' });
    expect(await directory.resolve('alice@other.test')).toEqual({ kind: 'remote' });
    expect(await directory.resolve('postmaster')).toEqual({ kind: 'unknown' });
    expect([directory.isLocalDomain('EXAMPLE.test'), directory.isLocalDomain('other.test')]).toEqual([true, false]);
  });

  test('attributes are those of the newest sync(), by the address resolve() gives', async () => {
    await using house = await openHouse(engine);
    const directory = directoryOf(house);
    const attributes = { displayName: 'Alice A.', title: 'Head' };
    await directory.sync([{ name: 'Example.test', users: ['bob', { name: 'Alice', attributes }] }]);
    expect(directory.attributesOf('alice@example.test')).toEqual(attributes);
    expect([directory.attributesOf('bob@example.test'), directory.attributesOf('constructor')]).toEqual([{}, {}]);
    await directory.sync(domains);
    expect(directory.attributesOf('alice@example.test')).toEqual({});
  });

  test('aliases, groups, catch-all, plus-addressing and alias domains lead to users', async () => {
    await using house = await openHouse(engine);
    const directory = directoryOf(house);
    const aliases = { info: ['alice'], all: ['alice', 'bob@Example.test', 'x@far.test'] };
    await directory.sync([
      { name: 'example.test', users: ['alice', 'bob', 'c+d'], aliases },
      { name: 'alias.test', users: [], aliasOf: 'example.test' },
      { name: 'whole.test', users: ['eve'], separator: '', catchAll: 'eve', default: true },
    ]);
    expect(await directory.resolve('info@example.test')).toEqual({ kind: 'forward', to: ['alice@example.test'] });
    expect(await directory.resolve('ALL@alias.test')).toEqual({
      kind: 'forward',
      to: ['alice@example.test', 'bob@Example.test', 'x@far.test'],
    });
    expect(await directory.resolve('alice+shop@alias.test')).toEqual(userAt('alice@example.test'));
    expect(await directory.resolve('c+d@example.test')).toEqual(userAt('c+d@example.test'));
    expect(await directory.resolve('+x@example.test')).toEqual({ kind: 'unknown' });
    expect(await directory.resolve('eve+x@whole.test')).toEqual({ kind: 'forward', to: ['eve@whole.test'] });
    expect(await directory.resolve('info+x@example.test')).toMatchObject({ kind: 'forward' });
    expect(directory.defaultDomain).toBe('whole.test');
  });

  test('aliases of the database are found behind those of the configuration, and outlive a restart', async () => {
    await using house = await openHouse(engine);
    const aliases = { info: ['alice'] };
    await directoryOf(house).sync([{ name: 'example.test', users: ['alice'], aliases }]);
    await directoryOf(house).aliases.set('Sales@Example.test', ['bob@far.test', 'alice@example.test']);
    await directoryOf(house).aliases.set('info@example.test', ['nobody@far.test']);
    await using again = await house.restart();
    const directory = directoryOf(again);
    await directory.sync([{ name: 'example.test', users: ['alice'], aliases }]);
    expect(await directory.resolve('sales@example.test')).toEqual({
      kind: 'forward',
      to: ['bob@far.test', 'alice@example.test'],
    });
    expect(await directory.resolve('info@example.test')).toEqual({ kind: 'forward', to: ['alice@example.test'] });
    expect((await directory.aliases.list()).map(({ address }) => address)).toEqual([
      'info@example.test',
      'sales@example.test',
    ]);
    expect(await directory.aliases.remove('sales@example.test')).toBe(true);
    expect(await directory.aliases.remove('sales@example.test')).toBe(false);
    expect(await directory.resolve('sales@example.test')).toEqual({ kind: 'unknown' });
  });

  test('sync() says the password of a new user once, and never again', async () => {
    await using house = await openHouse(engine);
    const directory = directoryOf(house);
    const created = await directory.sync(domains);
    expect(created.map(({ user }) => user)).toEqual(['alice@example.test', 'bob@example.test']);
    expect(new Set(created.map(({ password }) => password)).size).toBe(2);
    expect(created.every(({ password }) => password.length >= 16)).toBe(true);
    expect(await directory.passwordOf('bob@example.test')).toBe(`hash of ${created[1]?.password}`);
    expect(await directory.sync(domains)).toEqual([]);

    await using next = await house.restart();
    const again = directoryOf(next);
    const more = [{ name: 'example.test', users: ['alice', 'bob', 'eve'] }];
    expect((await again.sync(more)).map(({ user }) => user)).toEqual(['eve@example.test']);
    expect(await again.passwordOf('bob@example.test')).toBe(`hash of ${created[1]?.password}`);
  });

  test('two sync() at once create a user once, with the password that was told', async () => {
    await using house = await openHouse(engine);
    const directory = directoryOf(house);
    const created = (await Promise.all([directory.sync(domains), directory.sync(domains)])).flat();
    expect(created.map(({ user }) => user).sort()).toEqual(['alice@example.test', 'bob@example.test']);
    for (const { user, password } of created) expect(await directory.passwordOf(user)).toBe(`hash of ${password}`);
  });

  test('a user who is no longer named cannot be resolved or log in, and keeps the password', async () => {
    await using house = await openHouse(engine);
    const directory = directoryOf(house);
    await directory.sync(domains);
    const before = await directory.passwordOf('bob@example.test');
    await directory.sync([{ name: 'example.test', users: ['alice'] }]);
    expect(await directory.resolve('bob@example.test')).toEqual({ kind: 'unknown' });
    expect(await directory.passwordOf('bob@example.test')).toBe(null);
    expect(await directory.sync(domains)).toEqual([]);
    expect(await directory.passwordOf('bob@example.test')).toBe(before);
  });
});

test.each([
  ['Bob@Example.Test', { localPart: 'bob', domain: 'example.test' }],
  ['"a@b"@x.test', { localPart: 'a@b', domain: 'x.test' }],
  ['"a\\"b"@x.test', { localPart: 'a"b', domain: 'x.test' }],
  ['ÄÖ@x.test', { localPart: 'ÄÖ', domain: 'x.test' }],
  ['no-domain', null],
  ['@x.test', null],
  ['""@x.test', null],
  ['bob@', null],
])('readAddress(%j)', (address, expected) => {
  expect(readAddress(address)).toEqual(expected);
});
