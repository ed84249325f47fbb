import type { DatabaseSync } from 'node:sqlite';
import { createUsed } from './database-file.ts';

/** Keeps the trace file within its age and size. */
export type Broom = {
  /** Removes what is too old or too much, a little at a time. @param added rows just written: more than that goes */
  sweep(added: number): void;
};

const day = 86_400_000;

/**
 * Rows are in the order they were written, so the oldest are a range of ids. One sweep takes at most a 64th of it
 * and what was just added, so that no batch waits long and the file still shrinks under full load.
 */
export function createBroom(
  db: DatabaseSync,
  { days, size }: { readonly days: number; readonly size: number },
  now: () => number,
): Broom {
  const ends = db.prepare('SELECT min(id) AS first, max(id) AS last FROM trace');
  const age = db.prepare('SELECT at FROM trace WHERE id = ?');
  const old = db.prepare('DELETE FROM trace WHERE id <= ? AND at < ?');
  const any = db.prepare('DELETE FROM trace WHERE id <= ?');
  const octets = createUsed(db);

  return {
    sweep(added) {
      const first = Number(ends.get()?.['first'] ?? 0);
      const last = Number(ends.get()?.['last'] ?? 0);
      const until = first + added + Math.ceil((last - first) / 64);
      const limit = now() - days * day;
      // Rows are written in the order of time, nearly: while the first is young enough, the others need no look.
      if (Number(age.get(first)?.['at'] ?? limit) < limit) old.run(until, limit);
      if (octets() > size) any.run(until);
    },
  };
}
