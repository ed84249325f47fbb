import { idOf, type Parcel } from './parcel.ts';

/** What a crash did to the mail: each entry is `<recipient> <parcel>`. All empty: nothing happened. */
export type Damage = {
  /** The client heard 250, and the recipient has nothing. */
  readonly lost: readonly string[];
  /** There twice or more. */
  readonly doubled: readonly string[];
  /** There, but not the octets that were sent, or edited other than once. */
  readonly damaged: readonly string[];
  /** There, and nobody sent it. */
  readonly invented: readonly string[];
};
export const unharmed: Damage = { lost: [], doubled: [], damaged: [], invented: [] };

/** Keeps account of what was sent, what was acknowledged and what was found. */
export type Ledger = {
  send(parcel: Parcel): void;
  acknowledge(parcel: Parcel): void;
  readonly acknowledged: ReadonlySet<string>;
  readonly sent: ReadonlyMap<string, Parcel>;
  /**
   * @param found what the mailboxes hold, by recipient
   * @param acknowledged when not all that were acknowledged by now count: those that do
   */
  compare(found: ReadonlyMap<string, readonly Buffer[]>, acknowledged?: ReadonlySet<string>): Damage;
};

/** @param isIntact beside the octets sent standing at the end: what has to hold for what stands before them */
export function createLedger(isIntact: (before: string) => boolean = () => true): Ledger {
  const sent = new Map<string, Parcel>();
  const acknowledged = new Set<string>();
  const isWhole = (octets: Buffer, { content }: Parcel): boolean => {
    const at = octets.length - content.length;
    return at >= 0 && octets.subarray(at).equals(content) && isIntact(octets.subarray(0, at).toString('latin1'));
  };

  return {
    sent,
    acknowledged,
    send: (parcel) => sent.set(parcel.id, parcel),
    acknowledge: (parcel) => acknowledged.add(parcel.id),
    compare(found, due = acknowledged) {
      const copies = new Map<string, number>();
      const damaged: string[] = [];
      const invented: string[] = [];
      for (const [recipient, messages] of found) {
        for (const octets of messages) {
          const parcel = sent.get(idOf(octets) ?? '');
          const key = `${recipient} ${parcel?.id ?? octets.subarray(0, 200).toString('latin1')}`;
          copies.set(key, (copies.get(key) ?? 0) + 1);
          if (!parcel?.recipients.includes(recipient)) invented.push(key);
          else if (!isWhole(octets, parcel)) damaged.push(key);
        }
      }
      const expected = [...due].flatMap(
        (id) => sent.get(id)?.recipients.map((recipient) => `${recipient} ${id}`) ?? [],
      );
      const doubled = [...copies].filter(([, count]) => count > 1).map(([key]) => key);
      return { lost: expected.filter((key) => !copies.has(key)), doubled, damaged, invented };
    },
  };
}
