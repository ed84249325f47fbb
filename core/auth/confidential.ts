import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

type Connected = { readonly remote: { readonly address: string }; readonly tls: object | null };

/** Whether nobody but this machine can read what the client sends: a password may be asked for. */
export function isConfidential({ remote, tls }: Connected): boolean {
  if (tls !== null) return true;
  const family = isIP(remote.address);
  return family !== 0 && loopback.check(remote.address, family === 6 ? 'ipv6' : 'ipv4');
}
