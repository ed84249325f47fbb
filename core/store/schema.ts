import type { Migration } from '../database/tables.ts';

/**
 * `id` of a mailbox is its UIDVALIDITY: never used again (AUTOINCREMENT), so that a mailbox made anew under an old
 * name has a higher one. `uid_next` only grows: RFC 9051 §2.3.1.1.
 */
export const migrations: readonly Migration[] = [
  `CREATE TABLE mailbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, uid_next INTEGER NOT NULL) STRICT;
   CREATE TABLE stored (
     mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, content INTEGER NOT NULL, size INTEGER NOT NULL,
     internal_date INTEGER NOT NULL, flags TEXT NOT NULL, prefix TEXT NOT NULL,
     PRIMARY KEY (mailbox, uid)) STRICT, WITHOUT ROWID`,
];
