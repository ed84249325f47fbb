import { networkOf } from '../network-of.ts';
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
