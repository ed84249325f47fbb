import { expect, test } from 'vitest';
import { reverseName } from '../../../core/capabilities/dns/reverse-name.ts';
import { dnsOptions } from '../../../core/capabilities/options.ts';
import { openRig, useRig } from './host-side.ts';
import { a, aaaa, mx, ptr, startNameServer, txt } from '../../support/name-server.ts';

const shared = useRig();
const zone = {
  'example.test': [
    a('192.0.2.1'),
    a('192.0.2.2'),
    mx(20, 'b.example.test'),
    mx(10, 'a.example.test'),
    txt('v=spf1 ', '-all'),
  ],
  'six.example.test': [aaaa('20010db8000000000000000000000001')],
  '1.2.0.192.in-addr.arpa': [ptr('mail.example.test')],
  'many.example.test': () => Array.from({ length: 130 }, (_, at) => a(`192.0.2.${at}`)),
  'refused.test': 'refused',
  'silent.test': null,
} as const;

async function rigOf(server: { readonly address: string }) {
  return await openRig({ dns: dnsOptions.parse({ servers: [server.address], timeout: '200ms', tries: 1 }) });
}

test('records of each type come as values; the lowest MX first, TXT strings joined, PTR by address', async () => {
  await using server = await startNameServer(zone);
  await using rig = await rigOf(server);
  const resolve = (...args: readonly unknown[]) => rig.call(['dns'], 'dns.resolve', args);
  expect(await resolve('Example.test.', 'A')).toEqual({ kind: 'found', records: ['192.0.2.1', '192.0.2.2'] });
  expect(await resolve('example.test', 'MX')).toEqual({
    kind: 'found',
    records: [
      { priority: 10, exchange: 'a.example.test' },
      { priority: 20, exchange: 'b.example.test' },
    ],
  });
  expect(await resolve('example.test', 'TXT')).toEqual({ kind: 'found', records: ['v=spf1 -all'] });
  expect(await resolve('six.example.test', 'AAAA')).toEqual({ kind: 'found', records: ['2001:db8::1'] });
  expect(await resolve('192.0.2.1', 'PTR')).toEqual({ kind: 'found', records: ['mail.example.test'] });
});

test('a name that is not there, or has no such record, is `none`; trouble is `failed` with its reason', async () => {
  await using server = await startNameServer(zone);
  await using rig = await rigOf(server);
  const resolve = (...args: readonly unknown[]) => rig.call(['dns'], 'dns.resolve', args);
  expect(await resolve('nobody.test', 'A')).toEqual({ kind: 'none' });
  expect(await resolve('six.example.test', 'MX')).toEqual({ kind: 'none' });
  expect(await resolve('refused.test', 'A')).toEqual({ kind: 'failed', reason: 'refused' });
  expect(await resolve('silent.test', 'A')).toEqual({ kind: 'failed', reason: 'timeout' });
  expect(await rig.call(['dns'], 'dns.resolve', ['silent.test', 'A'], { deadline: 5 })).toEqual({
    kind: 'failed',
    reason: 'timeout',
  });
});

test('localhost is asked of the server and of no file; an answer has at most 100 records', async () => {
  await using server = await startNameServer(zone);
  await using rig = await rigOf(server);
  expect(await rig.call(['dns'], 'dns.resolve', ['localhost', 'A'])).toEqual({ kind: 'none' });
  expect(server.asked).toEqual(['localhost 1']);
  expect(await rig.call(['dns'], 'dns.resolve', ['many.example.test', 'A'])).toMatchObject({
    kind: 'found',
    records: { length: 100 },
  });
});

test.each([
  [['exa mple.test', 'A'], 'argument 1: expected a name in ASCII'],
  [['ex\r\nample.test', 'A'], 'argument 1: expected a name in ASCII'],
  [['bücher.test', 'A'], 'argument 1: expected a name in ASCII'],
  [[`${'a'.repeat(64)}.test`, 'A'], 'argument 1: expected a name in ASCII'],
  [['192.0.2.1', 'A'], 'an IP address is asked for with PTR only'],
  [['example.test', 'ANY'], /^argument 2: /],
  [['example.test'], /^(argument 2|wrong arguments): /],
  [[{ toString: 'x' }, 'A'], /^argument 1: /],
])('the arguments %j are refused', async (args, text) => {
  const rig = shared();
  await expect(rig.call(['dns'], 'dns.resolve', args)).rejects.toThrow(text);
});

test('an address is turned around for PTR, whatever its spelling', () => {
  const one = `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`;
  expect(reverseName('192.0.2.1')).toBe('1.2.0.192.in-addr.arpa');
  expect([reverseName('2001:db8::1'), reverseName('2001:0DB8:0:0::0.0.0.1')]).toEqual([one, one]);
  expect(reverseName('::')).toBe(`${'0.'.repeat(32)}ip6.arpa`);
});
