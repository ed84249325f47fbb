import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Row, Tables, Value } from '../tables.ts';

/** Tables on one SQLite connection. `takeDropped` hands over the files to remove, and forgets them. */
export type SqliteTables = Tables & {
  readonly dropped: string[];
};

/** Statements are prepared once: an operation's SQL is a constant, so their number is bounded by the code. */
export function createTables(db: DatabaseSync): SqliteTables {
  const prepared = new Map<string, StatementSync>();
  const dropped: string[] = [];

  function statement(sql: string): StatementSync {
    const known = prepared.get(sql);
    if (known) return known;
    const made = db.prepare(sql);
    prepared.set(sql, made);
    return made;
  }

  return {
    dropped,
    run(sql: string, ...values: readonly Value[]) {
      const { changes, lastInsertRowid } = statement(sql).run(...values);
      return { changes: Number(changes), id: Number(lastInsertRowid) };
    },
    get(sql: string, ...values: readonly Value[]): Row | null {
      return statement(sql).get(...values) ?? null;
    },
    all(sql: string, ...values: readonly Value[]): readonly Row[] {
      return statement(sql).all(...values);
    },
    dropFile(name: string) {
      dropped.push(name);
    },
  };
}
