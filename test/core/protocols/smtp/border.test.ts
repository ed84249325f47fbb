import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { Border } from '../../../../core/protocols/smtp/border.ts';

/** What is left of a message that comes in these pieces. */
function through(message: string, pieces: readonly number[] = []): string {
  const out: Buffer[] = [];
  const inside = {
    write: (chunk: Uint8Array, from: number, to: number) => void out.push(Buffer.from(chunk.subarray(from, to))),
  };
  const border = new Border(inside, 'Mail.example.test');
  const octets = Buffer.from(message, 'latin1');
  let at = 0;
  for (const length of [...pieces, octets.length]) {
    border.write(octets, at, Math.min(octets.length, at + length));
    at = Math.min(octets.length, at + length);
  }
  border.finish();
  return Buffer.concat(out).toString('latin1');
}

const rest =
  'From: ann@else.example\r\nSubject: a\r\n b\r\n\r\nAuthentication-Results: mail.example.test; spf=pass\r\n';

test.each([
  'Authentication-Results: mail.example.test; smime=pass\r\n',
  'authentication-results:MAIL.EXAMPLE.TEST;\r\n\tsmime=pass\r\n',
  'Authentication-Results : (a (nested; \\) one)) "mail.example.test" 1;\r\n smime=pass\r\n',
  'Authentication-Results:\r\n\r\n mail.example.test'.replace('\r\n\r\n', '\r\n \t\r\n') + '; none\r\n',
  `Authentication-Results: (${'x'.repeat(5_000)}) mail.example.test; smime=pass\r\n`,
])('RFC 8601 §5: what claims to be ours does not come in: %j', (forged) => {
  expect(through(forged + rest)).toBe(rest);
  expect(through(`A: 1\r\n${forged}${forged}${rest}`)).toBe(`A: 1\r\n${rest}`);
});

test.each([
  'X-Sluice-Protection: replaced; signer="ann@else.example"; result=valid\r\n',
  'x-sluice-protection :\r\n\tremoved\r\n',
  `X-Sluice-Protection: ${'x'.repeat(9_000)}\r\n more\r\n`,
])('what only we say of protection does not come in: %j', (forged) => {
  expect(through(forged + rest)).toBe(rest);
  expect(through(`A: 1\r\n${forged}${rest}`, [1, 3, 30, 7])).toBe(`A: 1\r\n${rest}`);
});

test.each([
  'X-Sluice-Protection-Old: 1\r\n',
  'X-Sluice: 1\r\n',
  `X-${'y'.repeat(5_000)}: 1\r\n`,
  'Authentication-Results: other.example; spf=pass\r\n',
  'Authentication-Results: mail.example.test.evil.example; spf=pass\r\n',
  'Authentication-Results-Old: mail.example.test; spf=pass\r\n',
  'ARC-Authentication-Results: i=1; mail.example.test; spf=pass\r\n',
  'X-Authentication-Results: mail.example.test; spf=pass\r\n',
  'A',
  '',
  'Authentication-Results',
  'Subject: no body',
  '\r\nAuthentication-Results: mail.example.test; spf=pass\r\n',
])('everything else does, octet for octet: %j', (field) => {
  expect(through(field)).toBe(field);
  expect(through(`B: 1\r\n${field}`)).toBe(`B: 1\r\n${field}`);
});

test('how the octets are packed makes no difference', () => {
  const message = `Received: a\r\nAuthentication-Results: mail.example.test;\r\n smime=pass\r\nAuth: b\r\n${rest}`;
  const expected = `Received: a\r\nAuth: b\r\n${rest}`;
  const packed = array(integer({ min: 1, max: 40 }), { maxLength: 60 });
  assert(
    property(packed, (pieces) => {
      expect(through(message, pieces)).toBe(expected);
    }),
  );
  expect(through(message, [])).toBe(expected);
});
