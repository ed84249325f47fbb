import { expect, test } from 'vitest';
import { mayRelay } from '../../../../core/protocols/smtp/relay-policy.ts';
import { smtpOptions } from '../../../../core/protocols/smtp/options.ts';
import { session } from '../../queue/submissions.ts';

const relayOf = (relay: object | undefined) => smtpOptions.relay.parse(relay);

test('nobody may relay by default but who authenticated: no open relay', () => {
  const usual = relayOf(undefined);
  expect(mayRelay(usual, session)).toBe(false);
  expect(mayRelay(usual, { ...session, remote: { address: '127.0.0.1', port: 1 } })).toBe(false);
  expect(mayRelay(usual, { ...session, identity: 'ann@example.test' })).toBe(true);
  expect(mayRelay(relayOf({ authenticated: false }), { ...session, identity: 'ann@example.test' })).toBe(false);
});

test('addresses of a range may, however the socket writes them', () => {
  const relay = relayOf({ from: ['192.0.2.0/28', '2001:db8::/32'] });
  const from = (address: string): boolean => mayRelay(relay, { ...session, remote: { address, port: 1 } });
  expect(['192.0.2.15', '::ffff:192.0.2.1', '2001:db8::7'].map(from)).toEqual([true, true, true]);
  expect(['192.0.2.16', '2001:db9::1', ''].map(from)).toEqual([false, false, false]);
  expect(() => relayOf({ from: ['everywhere'] })).toThrow('expected an address or a range');
});
