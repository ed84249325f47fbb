import { expect, test } from 'vitest';
import { isAddress, isSameAddress } from '../../../core/events/address.ts';

test.each([
  'a@b',
  "o'hara+tag.x_y=z@mail.example.test",
  '"quoted @ local"@example.test',
  '"with \\" and \\\\"@example.test',
  'ännchen@example.test',
  '用户@exämple.test',
  'ann@[192.0.2.1]',
  'ann@[IPv6:2001:db8::1]',
  `${'l'.repeat(64)}@example.test`,
])('%s is an address', (text) => {
  expect(isAddress(text)).toBe(true);
});

test.each([
  '',
  '@',
  'ann',
  'ann@',
  '@example.test',
  'a..b@example.test',
  '.a@example.test',
  'a.@example.test',
  'a b@example.test',
  'a@example..test',
  'a@example.test.',
  'a@-example.test',
  'a@exa_mple.test',
  'a,b@example.test',
  '<a@example.test>',
  'a@b@example.test',
  '"open@example.test',
  '"in"side"@example.test',
  '"end\\"@example.test',
  'ann@[192.0.2.1',
  'a\u0085b@example.test',
  'a@exa\u2028mple.test',
  'a@\ud800.test',
  'a@example.test\r\nRCPT TO:<b@example.test>',
  'a@example.test\0',
  `${'l'.repeat(65)}@example.test`,
  `a@${'label.'.repeat(42)}test`,
  `a@${'l'.repeat(64)}.test`,
])('%j is not an address', (text) => {
  expect(isAddress(text)).toBe(false);
});

test('an address made to backtrack is answered at once', () => {
  expect(isAddress(`${'a.'.repeat(31)}@${'a-'.repeat(90)}`)).toBe(false);
  expect(isAddress(`"${'\\'.repeat(60)}@x`)).toBe(false);
});

test('the domain is compared without regard to case, the local part as written', () => {
  expect(isSameAddress('bob@Example.TEST', 'bob@example.test')).toBe(true);
  expect(isSameAddress('Bob@example.test', 'bob@example.test')).toBe(false);
  expect(isSameAddress('"a@B"@c.d', '"a@b"@c.d')).toBe(false);
  expect(isSameAddress('postmaster', 'postmaster')).toBe(true);
});
