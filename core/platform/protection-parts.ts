import type { Config } from '../config/config.ts';
import type { Custody } from '../smime/custody.ts';
import type { ProtectionPartsOf } from './protected-editing.ts';
import { hostnameOf } from './servers.ts';

/** What the S/MIME room works with, read anew for each message: a reload counts for the next one. */
export const protectionPartsOf =
  (custody: Pick<Custody, 'trust' | 'keystore'>, config: () => Config, now: () => number): ProtectionPartsOf =>
  (virtualServer) => ({
    trust: custody.trust(),
    keystore: custody.keystore(),
    now,
    hostname: hostnameOf(config(), virtualServer),
    gatewayAddress: (name) => config().smime.gateways.find((one) => one.name === name)?.address ?? null,
  });

/** Octets a message of a virtual server may have: its SIZE. Null where it has none. */
export const largestOf =
  (config: () => Config) =>
  (virtualServer: string): number | null => {
    const found = config().virtualServers.find(({ id }) => id === virtualServer);
    return found?.protocol === 'smtp' ? found.limits.size : null;
  };
