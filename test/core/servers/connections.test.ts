import { expect, test } from 'vitest';
import { networkOf } from '../../../core/network-of.ts';
import { Connections } from '../../../core/servers/connections.ts';

const limits = { connections: 3, connectionsPerAddress: 2 };

test('admits up to the limits, by address first seen full, and again after somebody left', () => {
  const connections = new Connections();
  expect(connections.admit('192.0.2.1', limits)).toBeNull();
  expect(connections.admit('::ffff:192.0.2.1', limits)).toBeNull();
  expect(connections.admit('192.0.2.1', limits)).toBe('too-many-from-address');
  expect(connections.admit('192.0.2.2', limits)).toBeNull();
  expect(connections.admit('192.0.2.3', limits)).toBe('too-many-connections');
  connections.leave('192.0.2.1');
  expect(connections.admit('192.0.2.1', limits)).toBeNull();
  expect(connections.count).toBe(3);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::1', '2001:db8:1:2'],
  ['2001:0DB8:0001:0002::ffff', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
