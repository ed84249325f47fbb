import { Fault } from '../errors.ts';
import { sizeOf, type Content } from './content.ts';
import { integer, octets, textOrNull } from './row.ts';
import type { Migration, Tables } from './tables.ts';

/*
 * Contents as rows, for the operations of every part. A content is counted: whoever writes its id into a row has
 * inserted or retained it in the same operation, and whoever deletes that row releases it there.
 */

/** `octets` is the last column, so that the others are read and changed without its overflow pages. */
export const contentMigrations: readonly Migration[] = [
  `CREATE TABLE content (
     id INTEGER PRIMARY KEY, refs INTEGER NOT NULL, size INTEGER NOT NULL, file TEXT, octets BLOB) STRICT;
   CREATE INDEX content_file ON content (file) WHERE file IS NOT NULL`,
];

/** @returns the id of a new content that one row refers to */
export function insertContent(db: Tables, content: Content): number {
  const inline = content.kind === 'inline';
  return db.run(
    'INSERT INTO content (refs, size, file, octets) VALUES (1, ?, ?, ?)',
    sizeOf(content),
    inline ? null : content.name,
    inline ? content.octets : null,
  ).id;
}

/**
 * Changes how many rows refer to a content. With none left its row goes, and its file after the commit.
 *
 * @param by negative to release; 0 changes nothing and costs nothing
 */
export function countContent(db: Tables, id: number, by: number): void {
  if (by > 0) db.run('UPDATE content SET refs = refs + ? WHERE id = ?', by, id);
  if (by >= 0) return;
  const gone = db.get('DELETE FROM content WHERE id = ? AND refs <= ? RETURNING file', id, -by);
  if (!gone) db.run('UPDATE content SET refs = refs + ? WHERE id = ?', by, id);
  const file = gone && textOrNull(gone, 'file');
  // Whoever hands a file over twice, as its own edit, loses nothing.
  if (file !== null && !isFileNamed(db, file)) db.dropFile(file);
}

/** Whether a row has its octets in this file. */
export function isFileNamed(db: Tables, name: string): boolean {
  return db.get('SELECT 1 FROM content WHERE file = ?', name) !== null;
}

/** A content as it comes back from a thread: the octets themselves, or the file that has them. */
export type ContentRow = { readonly octets: Uint8Array | null; readonly file: string | null; readonly size: number };

/** @throws Fault `database.corrupt` when there is no such content: a row referred to nothing */
export function readContent(db: Tables, id: number): ContentRow {
  const row = db.get('SELECT size, file, octets FROM content WHERE id = ?', id);
  if (!row) throw new Fault('database.corrupt', { content: id });
  const file = textOrNull(row, 'file');
  return { size: integer(row, 'size'), file, octets: file === null ? octets(row, 'octets') : null };
}

/** @throws Fault `database.corrupt` when the row has neither octets nor a file */
export function contentOf({ octets: inline, file, size }: ContentRow): Content {
  if (inline) return { kind: 'inline', octets: inline };
  if (file === null) throw new Fault('database.corrupt', { size });
  return { kind: 'file', name: file, size };
}
