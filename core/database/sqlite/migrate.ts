import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../errors.ts';
import { integer } from '../row.ts';
import type { Migration } from '../tables.ts';

type Part = { readonly part: string; readonly migrations: readonly Migration[] };

/**
 * Brings the tables of every part up to date: in the order of the parts and of their lists, each change in a
 * transaction together with its record, so that a crash in between leaves whole steps only.
 *
 * @throws Fault `data.newer` when the database has steps this version does not know
 */
export function migrate(db: DatabaseSync, parts: readonly Part[]): void {
  db.exec(`CREATE TABLE IF NOT EXISTS migration (
    part TEXT NOT NULL, step INTEGER NOT NULL, PRIMARY KEY (part, step)) STRICT, WITHOUT ROWID`);
  const last = db.prepare('SELECT ifnull(max(step), 0) AS step FROM migration WHERE part = ?');
  const record = db.prepare('INSERT INTO migration (part, step) VALUES (?, ?)');

  for (const { part, migrations } of parts) {
    const done = integer(last.get(part) ?? {}, 'step');
    if (done > migrations.length) throw new Fault('data.newer', { part, step: done });
    for (const [index, sql] of migrations.entries()) {
      if (index < done) continue;
      inTransaction(db, () => {
        db.exec(sql);
        record.run(part, index + 1);
      });
    }
  }
}

function inTransaction(db: DatabaseSync, change: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    change();
    db.exec('COMMIT');
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}
