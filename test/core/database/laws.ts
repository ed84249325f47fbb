import type { Tables } from '../../../core/database/tables.ts';
import { integer } from '../../../core/database/row.ts';
import { Fault } from '../../../core/errors.ts';

/* Operations for the tests of the database itself. */

export const part = 'laws';

export const migrations = ['CREATE TABLE law (n INTEGER PRIMARY KEY, padding BLOB) STRICT'];

function write(db: Tables, n: number): number {
  db.run('INSERT INTO law (n) VALUES (?)', n);
  return n;
}

export const writes = {
  write,
  writeLarge: (db: Tables, { n, size }: { n: number; size: number }): void => {
    db.run('INSERT INTO law (n, padding) VALUES (?, zeroblob(?))', n, size);
  },
  writeThenThrow: (db: Tables, n: number): void => {
    write(db, n);
    throw new Fault('queue.fence', { n });
  },
  dropThenThrow: (db: Tables, name: string): void => {
    db.dropFile(name);
    throw new Error('changed my mind');
  },
  drop: (db: Tables, name: string): void => db.dropFile(name),
  /** Ends the thread it runs in, as a bug would. */
  exit: (): void => process.exit(7),
  clear: (db: Tables): void => void db.run('DELETE FROM law'),
  /** What the writer sees of its own, open transaction. */
  countInside: (db: Tables): number => integer(db.get('SELECT count(*) AS n FROM law') ?? {}, 'n'),
};

export const reads = {
  numbers: (db: Tables): readonly number[] => db.all('SELECT n FROM law ORDER BY n').map((row) => integer(row, 'n')),
  cheat: (db: Tables): void => void db.run('DELETE FROM law'),
};
