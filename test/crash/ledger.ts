import { createParcel, parcelIn, type Parcel } from './parcel.ts';

/** What a crash did to the mail: each entry is `<recipient> <parcel>`. All empty: nothing happened. */
export type Damage = {
  /** The client heard 250, and the recipient has nothing. */
  readonly lost: readonly string[];
  /** There twice or more. */
  readonly doubled: readonly string[];
  /** There, but not the octets that were sent, or not edited as they should be. */
  readonly damaged: readonly string[];
  /** There, and nobody sent it. */
  readonly invented: readonly string[];
};
export const unharmed: Damage = { lost: [], doubled: [], damaged: [], invented: [] };

/** Keeps account of what was sent and what was acknowledged. */
export type Ledger = {
  send(parcel: Parcel): void;
  acknowledge(parcel: Parcel): void;
  /** Ids of the parcels the client heard 250 for. */
  readonly acknowledged: ReadonlySet<string>;
  /** Begins to count what the mailboxes hold. */
  openAccount(): Account;
};

/** What was found, in one reading of the mailboxes or in several of which each removed what it read. */
export type Account = {
  take(recipient: string, octets: Buffer): void;
  /** @param due when not all that are acknowledged by now count: the ids of those that do */
  damage(due?: ReadonlySet<string>): Damage;
};

/** @param isIntact beside the octets sent standing at the end: what has to hold for what stands before them */
export function createLedger(isIntact: (before: string) => boolean = () => true): Ledger {
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  const isWhole = (octets: Buffer, { content }: Parcel): boolean => {
    const at = octets.length - content.length;
    return at >= 0 && octets.subarray(at).equals(content) && isIntact(octets.subarray(0, at).toString('latin1'));
  };

  return {
    acknowledged,
    send: (parcel) => sent.add(parcel.id),
    acknowledge: (parcel) => acknowledged.add(parcel.id),
    openAccount() {
      const copies = new Map<string, number>();
      const damaged: string[] = [];
      const invented: string[] = [];
      return {
        take(recipient, octets) {
          const parcel = parcelIn(octets);
          const key = `${recipient} ${parcel?.id ?? octets.subarray(0, 200).toString('latin1')}`;
          copies.set(key, (copies.get(key) ?? 0) + 1);
          if (!parcel || !sent.has(parcel.id) || !parcel.recipients.includes(recipient)) invented.push(key);
          else if (!isWhole(octets, parcel)) damaged.push(key);
        },
        damage: (due = acknowledged) => ({
          lost: [...due].flatMap(keysOf).filter((key) => !copies.has(key)),
          doubled: [...copies].filter(([, count]) => count > 1).map(([key]) => key),
          damaged,
          invented,
        }),
      };
    },
  };
}

const keysOf = (id: string): readonly string[] =>
  createParcel(Number(id)).recipients.map((recipient) => `${recipient} ${id}`);
