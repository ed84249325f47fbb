import { BlockList, isIPv4 } from 'node:net';

/** Special-purpose addresses of IPv4 (RFC 6890, the IANA registry): what is not the public network. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** What of the global unicast addresses, 2000::/3, is special: Teredo and protocol assignments, examples, 6to4. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const blocked = new BlockList();
const globalUnicast = new BlockList();
for (const range of special4) add(blocked, range, 'ipv4');
for (const range of special6) add(blocked, range, 'ipv6');
add(globalUnicast, '2000::/3', 'ipv6');

/**
 * Whether an address is of the public network. Everything else is private: loopback, link-local (with the metadata
 * services of clouds), RFC 1918, shared (CGNAT), unique local, multicast, documentation, and all of IPv6 that stands for
 * an IPv4 address (mapped, 6to4, Teredo, NAT64), since nobody can say where that leads.
 *
 * @param address one `isIP` knows; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !blocked.check(address, 'ipv4');
  return globalUnicast.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
}

function add(list: BlockList, range: string, family: 'ipv4' | 'ipv6'): void {
  const [network = '', bits = ''] = range.split('/');
  list.addSubnet(network, Number(bits), family);
}
