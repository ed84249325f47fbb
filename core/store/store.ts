import { contentOf } from '../database/content-rows.ts';
import type { Database } from '../database/database.ts';
import type * as operations from './operations.ts';

export { deliveryPrefix } from './prefix.ts';

export type StoredMessage = {
  /** Grows from message to message and is never used again in its mailbox: RFC 9051 §2.3.1.1. */
  readonly uid: number;
  /** Octets, those of the delivery included. */
  readonly size: number;
  readonly flags: readonly string[];
  /** When it was delivered, epoch milliseconds. */
  readonly internalDate: number;
};

/** Mailboxes and messages at rest. Messages come in by `deliverLocal` of delivery. */
export type Store = {
  /** The one mailbox a user has: `<address>/INBOX`. */
  mailboxOf(user: string): string;
  /** By UID; empty for a mailbox nobody has opened or delivered to. */
  list(mailbox: string): Promise<readonly StoredMessage[]>;
  /** Return-Path, Delivered-To and the content. @throws Fault `store.missing` when it has been expunged */
  octets(mailbox: string, uid: number): Promise<Uint8Array>;
  /** UIDs that are not there are no error. @returns those that went */
  expunge(mailbox: string, uids: readonly number[]): Promise<readonly number[]>;
  /** The same for as long as the mailbox exists; makes the mailbox when it does not. */
  uidValidity(mailbox: string): Promise<number>;
  mailboxes(): Promise<readonly { readonly name: string; readonly messages: number; readonly size: number }[]>;
};

export function openStore(database: Database): Store {
  const remote = database.operations<typeof operations.writes & typeof operations.reads>('store');
  return {
    mailboxOf: (user) => `${user}/INBOX`,
    list: (mailbox) => remote.list(mailbox),
    async octets(mailbox, uid) {
      const { prefix, ...row } = await remote.octets({ mailbox, uid });
      return await database.content.read(contentOf(row), Buffer.from(prefix));
    },
    expunge: (mailbox, uids) => remote.expunge({ mailbox, uids }),
    uidValidity: (mailbox) => remote.openMailbox(mailbox),
    mailboxes: () => remote.mailboxes(),
  };
}
