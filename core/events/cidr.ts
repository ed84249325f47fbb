import ipaddr from 'ipaddr.js';

/** Whether an address, as text, lies in a range. An address that cannot be read lies in none. */
export type Range = (address: string) => boolean;

/**
 * Reads `192.0.2.0/24`, `2001:db8::/32` or a single address. No other file imports ipaddr.js.
 *
 * IPv4-mapped IPv6 addresses (RFC 4291 §2.5.5.2), as dual-stack sockets report them, count as the IPv4 address.
 *
 * @returns null when it is neither; short and octal IPv4 forms (`10.1`, `010.0.0.1`) are not read
 */
export function parseRange(text: string): Range | null {
  const range = readRange(text);
  if (!range) return null;
  const [network, bits] = range;
  return (address) => {
    const given = readAddress(address);
    return given !== null && given.kind() === network.kind() && given.match(network, bits);
  };
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

function readRange(text: string): readonly [Address, number] | null {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0) return null;
  const network = readAddress(address);
  if (!network) return null;
  const mapped = network.kind() === 'ipv4' && address.includes(':') ? 96 : 0;
  const most = network.kind() === 'ipv4' ? 32 : 128;
  if (prefix === undefined) return [network, most];
  if (!/^\d{1,3}$/.test(prefix)) return null;
  const bits = Number(prefix) - mapped;
  return bits >= 0 && bits <= most ? [network, bits] : null;
}

function readAddress(text: string): Address | null {
  if (text.length > 64) return null;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return text.includes(':') && ipaddr.IPv6.isValid(text) ? ipaddr.process(text) : null;
}
