import { integer, oneOf, text, textOrNull } from './row.ts';
import type { Migration, Row, Tables } from './tables.ts';

/** What outlives the process of the breaker of one revision of one binding; instants are epoch milliseconds. */
export type BreakerRow = {
  /** `mx/disclaimer/default`. */
  readonly binding: string;
  /** The hash of the revision. */
  readonly revision: string;
  readonly kind: 'closed' | 'open' | 'off';
  readonly since: number;
  readonly until: number;
  /** The code of the fault it went by. */
  readonly reason: string | null;
  readonly trips: number;
  readonly kills: number;
  readonly killedAt: number;
};

/** Revisions of one binding that are remembered. */
const remembered = 8;

export const breakerMigrations: readonly Migration[] = [
  `CREATE TABLE breaker (
     binding TEXT NOT NULL, revision TEXT NOT NULL, kind TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
     reason TEXT, trips INTEGER NOT NULL, kills INTEGER NOT NULL, killed_at INTEGER NOT NULL,
     PRIMARY KEY (binding, revision)) STRICT, WITHOUT ROWID`,
];

/** Keeps the newest state of a breaker, and of no more revisions of its binding than the last few in trouble. */
export function saveBreaker(db: Tables, row: BreakerRow): void {
  const { binding, revision, kind, since, until, reason, trips, kills, killedAt } = row;
  db.run(
    'INSERT OR REPLACE INTO breaker VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    binding,
    revision,
    kind,
    since,
    until,
    reason,
    trips,
    kills,
    killedAt,
  );
  db.run(
    `DELETE FROM breaker WHERE binding = ?1 AND revision NOT IN
       (SELECT revision FROM breaker WHERE binding = ?1 ORDER BY since DESC LIMIT ?2)`,
    binding,
    remembered,
  );
}

export function listBreakers(db: Tables): readonly BreakerRow[] {
  return db.all('SELECT * FROM breaker').map(readBreaker);
}

function readBreaker(row: Row): BreakerRow {
  return {
    binding: text(row, 'binding'),
    revision: text(row, 'revision'),
    kind: oneOf(row, 'kind', ['closed', 'open', 'off']),
    since: integer(row, 'since'),
    until: integer(row, 'until'),
    reason: textOrNull(row, 'reason'),
    trips: integer(row, 'trips'),
    kills: integer(row, 'kills'),
    killedAt: integer(row, 'killed_at'),
  };
}
