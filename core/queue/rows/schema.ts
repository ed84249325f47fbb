import type { Migration } from '../../database/tables.ts';
import { missedMigrations } from './missed.ts';

/**
 * One row per message, one per recipient, one per binding to be told.
 *
 * `due` is when a message may be claimed: 0 is at once, so that what is ready keeps the order of its ids, not of
 * clocks; NULL waits for an operator. Ids and with them fences are never used again (AUTOINCREMENT): a late
 * settlement must not meet a new message under an old number. The indexes leave claimed rows out, so that a
 * message that is accepted and delivered without delay never enters one.
 */
export const migrations: readonly Migration[] = [
  `CREATE TABLE message (
     id INTEGER PRIMARY KEY AUTOINCREMENT, fence INTEGER NOT NULL, owner TEXT, lease INTEGER NOT NULL, due INTEGER,
     state TEXT NOT NULL, arrived INTEGER NOT NULL, faults INTEGER NOT NULL, reason TEXT,
     content INTEGER NOT NULL, size INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
     trace TEXT NOT NULL, virtual_server TEXT NOT NULL, source TEXT NOT NULL,
     reverse_path TEXT NOT NULL, session TEXT, tags TEXT NOT NULL) STRICT;
   CREATE INDEX message_due ON message (due) WHERE owner IS NULL AND due IS NOT NULL;
   CREATE TABLE recipient (
     message INTEGER NOT NULL, number INTEGER NOT NULL, address TEXT NOT NULL, state TEXT NOT NULL,
     attempts INTEGER NOT NULL, next_attempt INTEGER NOT NULL, last_reply TEXT,
     PRIMARY KEY (message, number)) STRICT, WITHOUT ROWID;
   CREATE TABLE tell (
     id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT, lease INTEGER NOT NULL, due INTEGER NOT NULL,
     attempts INTEGER NOT NULL, parked INTEGER NOT NULL, written_at INTEGER NOT NULL,
     binding TEXT NOT NULL, event TEXT NOT NULL, trace TEXT NOT NULL, virtual_server TEXT NOT NULL,
     payload TEXT NOT NULL) STRICT;
   CREATE INDEX tell_due ON tell (due) WHERE owner IS NULL AND parked = 0`,
  ...missedMigrations,
  `ALTER TABLE message ADD COLUMN categorized INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE message ADD COLUMN ret TEXT;
   ALTER TABLE message ADD COLUMN envid TEXT;
   ALTER TABLE recipient ADD COLUMN notify TEXT;
   ALTER TABLE recipient ADD COLUMN orcpt TEXT;
   ALTER TABLE recipient ADD COLUMN destination TEXT;
   ALTER TABLE recipient ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX recipient_destination ON recipient (destination) WHERE destination IS NOT NULL;
   CREATE TABLE frozen_destination (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`,
];
