import { isIPv4 } from 'node:net';

/**
 * The name under which the host of an address stands: of `192.0.2.1` it is `1.2.0.192.in-addr.arpa`.
 *
 * @param address one `isIP` knows, without a zone
 * @source RFC 1035 §3.5, RFC 3596 §2.5
 */
export function reverseName(address: string): string {
  if (isIPv4(address)) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
  return `${nibblesOf(address).split('').toReversed().join('.')}.ip6.arpa`;
}

/** The 32 hexadecimal digits of an IPv6 address. A URL writes every form of one in the same way. */
function nibblesOf(address: string): string {
  const [, text = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  const [head = '', tail] = text.split('::');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => '0000'), ...after].join('');
}

const groups = (half: string): readonly string[] =>
  half === '' ? [] : half.split(':').map((group) => group.padStart(4, '0'));
