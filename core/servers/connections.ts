import { isIPv6 } from 'node:net';
import type { Refusal } from './protocol-server.ts';

export type ConnectionLimits = {
  /** Connections at a time. */
  readonly connections: number;
  /** Connections at a time from one address; of IPv6, from one /64. */
  readonly connectionsPerAddress: number;
};

/** Counts the connections of one virtual server, together and by address. */
export class Connections {
  #count = 0;
  readonly #byAddress = new Map<string, number>();

  get count(): number {
    return this.#count;
  }

  /** @returns why the client is not served; null when it is, and then `leave` is due when it goes */
  admit(address: string, { connections, connectionsPerAddress }: ConnectionLimits): Refusal | null {
    const network = networkOf(address);
    const here = this.#byAddress.get(network) ?? 0;
    if (this.#count >= connections) return 'too-many-connections';
    if (here >= connectionsPerAddress) return 'too-many-from-address';
    this.#count += 1;
    this.#byAddress.set(network, here + 1);
    return null;
  }

  leave(address: string): void {
    const network = networkOf(address);
    const here = this.#byAddress.get(network) ?? 0;
    this.#count -= 1;
    if (here > 1) this.#byAddress.set(network, here - 1);
    else this.#byAddress.delete(network);
  }
}

/** One customer has a whole /64 of IPv6 addresses, so it counts as one; IPv4 in IPv6 clothes is IPv4. */
export function networkOf(address: string): string {
  const plain = address.toLowerCase().replace(/^::ffff:(?=[\d.]+$)/, '');
  if (!isIPv6(plain)) return plain;
  const [start = '', end] = plain.replace(/%.*$/, '').split('::');
  const head = start === '' ? [] : start.split(':');
  const tail = end === undefined || end === '' ? [] : end.split(':');
  const zeros = end === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...tail];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
