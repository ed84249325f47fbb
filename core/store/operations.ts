import { countContent, readContent, type ContentRow } from '../database/content-rows.ts';
import { integer, text } from '../database/row.ts';
import type { Row, Tables } from '../database/tables.ts';
import { Fault } from '../errors.ts';

export { migrations } from './schema.ts';

export const part = 'store';

/** One copy of a message for one mailbox: its own lines on top, the content shared with other copies. */
export type Append = {
  /** Made when it does not exist. */
  readonly mailbox: string;
  /** Already counted for this copy: see `countContent`. */
  readonly content: number;
  readonly contentSize: number;
  /** What goes before the content: whole lines, each with its CRLF. */
  readonly prefix: string;
  readonly now: number;
};

/** @returns the UID, allocated here and never again in this mailbox */
export function appendMessage(db: Tables, { mailbox, content, contentSize, prefix, now }: Append): number {
  const row = db.get(
    `INSERT INTO mailbox (name, uid_next) VALUES (?, 2)
     ON CONFLICT (name) DO UPDATE SET uid_next = uid_next + 1 RETURNING id, uid_next`,
    mailbox,
  );
  const [id, uid] = [integer(row ?? {}, 'id'), integer(row ?? {}, 'uid_next') - 1];
  db.run(
    `INSERT INTO stored (mailbox, uid, content, size, internal_date, flags, prefix) VALUES (?, ?, ?, ?, ?, '', ?)`,
    id,
    uid,
    content,
    contentSize + Buffer.byteLength(prefix),
    now,
    prefix,
  );
  return uid;
}

/** Removes copies; UIDs that are not there are no error. @returns the UIDs that went */
function expunge(db: Tables, { mailbox, uids }: { mailbox: string; uids: readonly number[] }): readonly number[] {
  const id = mailboxId(db, mailbox);
  if (id === null) return [];
  return uids.filter((uid) => {
    const gone = db.get('DELETE FROM stored WHERE mailbox = ? AND uid = ? RETURNING content', id, uid);
    if (gone) countContent(db, integer(gone, 'content'), -1);
    return gone !== null;
  });
}

/** @returns the UIDVALIDITY of the mailbox, which is made when it does not exist */
function openMailbox(db: Tables, mailbox: string): number {
  const row = db.get(
    'INSERT INTO mailbox (name, uid_next) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id',
    mailbox,
  );
  return integer(row ?? {}, 'id');
}

type WireStored = { uid: number; size: number; flags: readonly string[]; internalDate: number };

function list(db: Tables, mailbox: string): readonly WireStored[] {
  const id = mailboxId(db, mailbox);
  if (id === null) return [];
  return db.all('SELECT uid, size, flags, internal_date FROM stored WHERE mailbox = ? ORDER BY uid', id).map((row) => ({
    uid: integer(row, 'uid'),
    size: integer(row, 'size'),
    flags: text(row, 'flags').split(' ').filter(Boolean),
    internalDate: integer(row, 'internal_date'),
  }));
}

/** @throws Fault `store.missing` when the message is not, or no longer, there */
function octets(db: Tables, { mailbox, uid }: { mailbox: string; uid: number }): ContentRow & { prefix: string } {
  const id = mailboxId(db, mailbox);
  const row: Row | null =
    id === null ? null : db.get('SELECT content, prefix FROM stored WHERE mailbox = ? AND uid = ?', id, uid);
  if (!row) throw new Fault('store.missing', { mailbox, uid });
  return { ...readContent(db, integer(row, 'content')), prefix: text(row, 'prefix') };
}

function mailboxes(db: Tables): readonly { name: string; messages: number; size: number }[] {
  return db
    .all(
      `SELECT name, count(uid) AS messages, ifnull(sum(size), 0) AS size
       FROM mailbox LEFT JOIN stored ON stored.mailbox = mailbox.id GROUP BY mailbox.id ORDER BY name`,
    )
    .map((row) => ({ name: text(row, 'name'), messages: integer(row, 'messages'), size: integer(row, 'size') }));
}

function mailboxId(db: Tables, name: string): number | null {
  const row = db.get('SELECT id FROM mailbox WHERE name = ?', name);
  return row && integer(row, 'id');
}

export const writes = { expunge, openMailbox };
export const reads = { list, octets, mailboxes };
