/** One message of a maildrop, as it was at login. `size`: octets. */
export type DropMessage = { readonly uid: number; readonly size: number };

/** Where the messages of a maildrop are; the store, seen through one mailbox. */
export type DropStore = {
  octets(uid: number): Promise<Uint8Array>;
  /** @returns those that were there */
  expunge(uids: readonly number[]): Promise<readonly number[]>;
};

/**
 * What one POP3 session sees: the messages there were at login, numbered from 1, and its own deletion marks. Mail that
 * comes during the session is seen by the next one.
 *
 * @source RFC 1939 §4 (snapshot), §5 (marks), §6 (removal)
 */
export class Maildrop {
  readonly uidValidity: number;
  readonly #messages: readonly DropMessage[];
  readonly #store: DropStore;
  readonly #marked = new Set<number>();

  constructor(messages: readonly DropMessage[], uidValidity: number, store: DropStore) {
    this.#messages = messages;
    this.uidValidity = uidValidity;
    this.#store = store;
  }

  /** @returns the number and the message of everything not marked, in order */
  list(): readonly (DropMessage & { readonly number: number })[] {
    return this.#messages
      .map((message, at) => ({ ...message, number: at + 1 }))
      .filter(({ number }) => !this.#marked.has(number));
  }

  /** @returns the message, null when the number is not in use, `'deleted'` when it is marked */
  find(number: number): DropMessage | 'deleted' | null {
    if (this.#marked.has(number)) return 'deleted';
    return this.#messages[number - 1] ?? null;
  }

  /** Unique for ever within the mailbox, at most 70 printable characters (RFC 1939 §7, UIDL). */
  uidOf({ uid }: DropMessage): string {
    return `${this.uidValidity}.${uid}`;
  }

  octets({ uid }: DropMessage): Promise<Uint8Array> {
    return this.#store.octets(uid);
  }

  mark(number: number): void {
    this.#marked.add(number);
  }

  /** RSET: nothing is marked any more. */
  unmark(): void {
    this.#marked.clear();
  }

  /** The UPDATE state: removes what is marked. @returns how many */
  async update(): Promise<number> {
    const uids = [...this.#marked].flatMap((number) => this.#messages[number - 1]?.uid ?? []);
    const gone = uids.length > 0 ? await this.#store.expunge(uids) : [];
    this.#marked.clear();
    return gone.length;
  }
}

/** The sum of the sizes, in octets. */
export function octetsIn(messages: readonly DropMessage[]): number {
  return messages.reduce((sum, { size }) => sum + size, 0);
}
