import { openMessage, type OpenMessage } from '../message/message.ts';
import type { Custody } from '../smime/custody.ts';
import { harvest } from '../smime/harvest.ts';
import type { ProtectionParts } from '../smime/policy.ts';
import type { Log } from '../telemetry/telemetry.ts';

/** Messages looked at at a time; mail does not wait, and what is too much is passed over. */
const most = 4;
/** Octets of a message that is looked at. */
const largest = 2 ** 20;

/** Looks at a signed message for certificates worth keeping. Nobody waits for it. */
export type Harvester = (message: { readonly octets: Uint8Array; readonly model: OpenMessage | null }) => void;

export function createHarvester(
  custody: Pick<Custody, 'isHarvesting'>,
  parts: () => ProtectionParts,
  log: Pick<Log, 'info' | 'warn'>,
): Harvester {
  let under = 0;
  return ({ octets, model }) => {
    if (!custody.isHarvesting() || under >= most || octets.length > largest) return;
    under += 1;
    harvest(model ?? openMessage(octets), parts())
      .then((kept) => kept > 0 && log.info({ kept }, 'certificates kept of a message that verified'))
      .catch((cause: unknown) => log.warn({ cause: String(cause) }, 'certificates of a message were not kept'))
      .finally(() => (under -= 1));
  };
}
