import { second } from '../../sdk/durations.ts';
import { PickupFolder, type PickupParts, type PickupTimes, type PickupWanted } from './pickup-folder.ts';

export type { PickupParts, PickupWanted } from './pickup-folder.ts';

/** The pickup folders of all virtual servers. Disposing of it finishes the files that are on their way into the queue. */
export type Pickup = AsyncDisposable & {
  /** Looks after these folders from now on, and no others. One that cannot be had is logged. */
  apply(wanted: readonly PickupWanted[]): Promise<void>;
};

const usual: PickupTimes = { settle: second, every: 30 * second };

/** Takes mail from files that programs put into folders, into the queue. */
export function createPickup(parts: PickupParts, times: PickupTimes = usual): Pickup {
  let running = new Map<string, PickupFolder>();

  async function start(wanted: PickupWanted): Promise<PickupFolder> {
    const folder = new PickupFolder(parts, wanted, times);
    await folder.start().catch((cause: unknown) => {
      parts.log.error({ ...wanted, cause, alarm: true }, 'the pickup folder cannot be used; reload when it can');
    });
    return folder;
  }

  return {
    async apply(wanted) {
      const before = running;
      running = new Map();
      const keyed = new Map(wanted.map((one) => [JSON.stringify(one), one]));
      for (const [key, folder] of before) if (!keyed.has(key)) await folder[Symbol.asyncDispose]();
      for (const [key, one] of keyed) running.set(key, before.get(key) ?? (await start(one)));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map((folder) => folder[Symbol.asyncDispose]()));
    },
  };
}
