import { array, assert, constantFrom, property, stringMatching, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { isAddress } from '../../../../core/events/address.ts';
import { isDomain } from '../../../../core/protocols/smtp/domain.ts';
import { parseAddress, readPath } from '../../../../core/protocols/smtp/path.ts';

const read = (path: string) => readPath(path, 0);

test.each([
  ['<>', null],
  ['<bob@example.test>', { text: 'bob@example.test', localPart: 'bob', domain: 'example.test' }],
  ['<Bob@Example.TEST>', { text: 'Bob@Example.TEST', localPart: 'Bob', domain: 'Example.TEST' }],
  ['<"bob"@example.test>', { text: 'bob@example.test', localPart: 'bob', domain: 'example.test' }],
  ['<"b\\ob"@example.test>', { text: 'bob@example.test', localPart: 'bob', domain: 'example.test' }],
  ['<"b b"@example.test>', { text: '"b b"@example.test', localPart: 'b b', domain: 'example.test' }],
  ['<"a\\"b\\\\c"@x>', { text: '"a\\"b\\\\c"@x', localPart: 'a"b\\c', domain: 'x' }],
  ['<"@"@x>', { text: '"@"@x', localPart: '@', domain: 'x' }],
  ['<"a>b"@x>', { text: '"a>b"@x', localPart: 'a>b', domain: 'x' }],
  ['<"a..b"@x>', { text: '"a..b"@x', localPart: 'a..b', domain: 'x' }],
  ['<@a.test,@[192.0.2.1]:bob@x>', { text: 'bob@x', localPart: 'bob', domain: 'x' }],
  ["<!#$%&'*+-/=?^_`{|}~@x>", { text: "!#$%&'*+-/=?^_`{|}~@x", localPart: "!#$%&'*+-/=?^_`{|}~", domain: 'x' }],
  ['<a@[IPv6:::1]>', { text: 'a@[IPv6:::1]', localPart: 'a', domain: '[IPv6:::1]' }],
  ['<PostMaster>', { text: 'PostMaster', localPart: 'PostMaster', domain: '' }],
])('%s is a path (RFC 5321 §4.1.2)', (path, address) => {
  expect(read(path)).toEqual({ kind: 'path', address, end: path.length });
  expect(readPath(`FROM:${path} SIZE=1`, 5)).toEqual({ kind: 'path', address, end: path.length + 5 });
});

test.each([
  ['', 'syntax'],
  ['bob@example.test', 'syntax'],
  ['<bob@example.test', 'syntax'],
  ['<<bob@example.test>', 'syntax'],
  ['<bob>', 'syntax'],
  ['<@x>', 'syntax'],
  ['<bob@>', 'syntax'],
  ['<.bob@x>', 'syntax'],
  ['<bob.@x>', 'syntax'],
  ['<b..ob@x>', 'syntax'],
  ['<b ob@x>', 'syntax'],
  ['< bob@x>', 'syntax'],
  ['<bob@x >', 'syntax'],
  ['<bob@x.>', 'syntax'],
  ['<bob@.x>', 'syntax'],
  ['<bob@-x>', 'syntax'],
  ['<bob@x->', 'syntax'],
  ['<bob@x_y>', 'syntax'],
  ['<bob@a@b>', 'syntax'],
  ['<""@x>', 'syntax'],
  ['<"bob@x>', 'syntax'],
  ['<"bo"b@x>', 'syntax'],
  ['<bob"x"@x>', 'syntax'],
  ['<"b\tb"@x>', 'syntax'],
  ['<"b\x7fb"@x>', 'syntax'],
  ['<bob@[192.0.2]>', 'syntax'],
  ['<bob@[999.0.2.1]>', 'syntax'],
  ['<bob@[IPv6:zz]>', 'syntax'],
  ['<bob@[IPv6:fe80::1%eth0]>', 'syntax'],
  ['<bob@[x:y]>', 'syntax'],
  ['<bob@192.0.2.1]>', 'syntax'],
  ['<@a.test:>', 'syntax'],
  ['<@a.test bob@x>', 'syntax'],
  ['<a.test:bob@x>', 'syntax'],
  ['<@a.test,b.test:bob@x>', 'syntax'],
  ['<bob(comment)@x>', 'syntax'],
  ['<bob@x\r\n>', 'syntax'],
  [`<bob@${'l'.repeat(64)}>`, 'syntax'],
  [`<${'b'.repeat(252)}@xyz>`, 'too-long'],
  ['<b\xf6b@x>', 'non-ascii'],
  ['<bob@ex\xe4mple.test>', 'non-ascii'],
])('%j is none', (path, problem) => {
  expect(read(path)).toEqual({ kind: 'invalid', problem });
});

const nearlyAddress = array(
  constantFrom('a', 'B', '.', '@', '"', '\\', '<', '>', ' ', ',', ':', '[', ']', '-', '_', '1', '\t', '\x7f', 'ä'),
  { maxLength: 20 },
).map((parts) => parts.join(''));

test('what is an address is one for the rest of the core too, and reads back as itself', () => {
  assert(
    property(nearlyAddress, (text) => {
      const address = parseAddress(text) ?? parseAddress('bob@example.test');
      expect(address?.domain === '' || isAddress(address?.text ?? '')).toBe(true);
      expect(address && parseAddress(address.text)).toEqual(address);
    }),
    { numRuns: 5_000 },
  );
});

test('every local part in quotes, with any domain there can be, reads back as what was quoted', () => {
  const localPart = stringMatching(/^[\x20-\x7e]{1,30}$/);
  const domain = stringMatching(/^[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?){0,3}$/);
  assert(
    property(tuple(localPart, domain), ([local, host]) => {
      const quoted = `"${local.replace(/["\\]/g, '\\$&')}"@${host}`;
      expect(parseAddress(quoted)).toMatchObject({ localPart: local, domain: host });
    }),
  );
});

test('reading never throws and ends inside the text, whatever it is', () => {
  assert(
    property(nearlyAddress, (text) => {
      const result = readPath(`<${text}`, 0);
      expect(result.kind === 'invalid' || result.end <= text.length + 1).toBe(true);
    }),
  );
});

test('a domain is up to 255 octets, a label up to 63', () => {
  expect(isDomain(`${'l'.repeat(63)}.test`)).toBe(true);
  expect(isDomain(`${'l.'.repeat(125)}test`)).toBe(true);
  expect(isDomain(`${'l.'.repeat(127)}test`)).toBe(false);
  expect(isDomain('')).toBe(false);
});
