import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { RecordedEvent, RecordedFilter, RecordOptions } from '../recorded-event.ts';
import { createUsed, inTransaction, openDatabaseFile } from './database-file.ts';
import { mentions } from './mentions.ts';

/** The file of recorded events, as the trace's thread uses it. Every method throws what SQLite throws. */
export type Tape = {
  write(events: readonly RecordedEvent[]): void;
  /** @returns oldest first; of too many octets for one answer, the newest */
  read(filter: RecordedFilter): readonly RecordedEvent[];
  /** Removes what is too old. */
  sweep(): void;
  /** Removes what belongs to these traces or names the address. @returns the traces it was of, one for each event */
  purge(address: string, traces: readonly string[]): readonly string[];
  /** The traces with an event that names the address. */
  naming(address: string): readonly string[];
  close(): void;
};

const day = 86_400_000;
/** Octets of one answer. */
const mostRead = 16 * 2 ** 20;

const schema = `
  PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, at INTEGER NOT NULL, sink TEXT NOT NULL, event TEXT NOT NULL,
    binding TEXT NOT NULL, revision TEXT NOT NULL, payload TEXT NOT NULL, answer TEXT NOT NULL, body TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS event_by_trace ON event (trace_id);
  CREATE INDEX IF NOT EXISTS event_by_sink ON event (sink);
  CREATE INDEX IF NOT EXISTS event_by_body ON event (body);
  CREATE TABLE IF NOT EXISTS body (hash TEXT PRIMARY KEY, octets BLOB NOT NULL) STRICT;
`;

/** Opens or makes `record.db`. Null when nothing is to be recorded: then what was recorded before goes. */
export function openTape(folder: string, options: RecordOptions | null, now: () => number): Tape | null {
  const file = join(folder, 'record.db');
  if (options !== null) return createTape(openDatabaseFile(file, schema), options, now);
  if (existsSync(file)) for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  return null;
}

function createTape(db: DatabaseSync, { days, size }: RecordOptions, now: () => number): Tape {
  db.function('names', { deterministic: true }, (text, address) => Number(isNamed(text, address)));
  const insert = db.prepare(`INSERT INTO event (trace_id, at, sink, event, binding, revision, payload, answer, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const keep = db.prepare('INSERT OR IGNORE INTO body (hash, octets) VALUES (?, ?)');
  const select = db.prepare(`SELECT event.*, body.octets FROM event LEFT JOIN body ON body.hash = event.body
    WHERE sink = ? AND trace_id = ifnull(?, trace_id) AND at >= ? ORDER BY id DESC LIMIT ?`);
  const old = db.prepare('DELETE FROM event WHERE at < ?');
  const eldest = db.prepare(
    'DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT (SELECT count(*) / 16 + ? FROM event))',
  );
  const orphans = db.prepare('DELETE FROM body WHERE hash NOT IN (SELECT body FROM event WHERE body IS NOT NULL)');
  const naming = db.prepare(`SELECT DISTINCT trace_id FROM event LEFT JOIN body ON body.hash = event.body
    WHERE names(payload, ?1) OR names(answer, ?1) OR names(octets, ?1)`);
  const forget = db.prepare('DELETE FROM event WHERE trace_id = ? RETURNING trace_id');
  const used = createUsed(db);

  const write = ({ traceId, at, sink, event, binding, revision, payload, answer, octets }: RecordedEvent): void => {
    const hash = octets && createHash('sha256').update(octets).digest('hex');
    if (octets) keep.run(hash, octets);
    insert.run(traceId, at, sink, event, binding, revision, payload, answer, hash);
  };
  const sweep = (): void => {
    if (old.run(now() - days * day).changes > 0) orphans.run();
  };
  const namingOf = (address: string): readonly string[] => naming.all(address).map((row) => String(row['trace_id']));

  return {
    write(events) {
      inTransaction(db, () => {
        events.forEach(write);
        sweep();
        while (used() > size && eldest.run(events.length).changes > 0) orphans.run();
      });
    },
    read({ sink, traceId, last }) {
      const found: RecordedEvent[] = [];
      let octets = 0;
      for (const row of select.iterate(sink, traceId, now() - days * day, last)) {
        const event = eventOf(row);
        octets += event.payload.length + event.answer.length + (event.octets?.length ?? 0);
        if (octets > mostRead) break;
        found.push(event);
      }
      return found.toReversed();
    },
    sweep,
    naming: namingOf,
    purge(address, traces) {
      return inTransaction(db, () => {
        const doomed = new Set([...traces, ...namingOf(address)]);
        const gone = [...doomed].flatMap((trace) => forget.all(trace).map((row) => String(row['trace_id'])));
        orphans.run();
        return gone;
      });
    },
    close: () => db.close(),
  };
}

function isNamed(value: unknown, address: unknown): boolean {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
  return typeof text === 'string' && typeof address === 'string' && mentions(text, address);
}

function eventOf(row: Record<string, unknown>): RecordedEvent {
  const text = (name: string): string => String(row[name]);
  const octets = row['octets'];
  return {
    traceId: text('trace_id'),
    at: Number(row['at']),
    event: text('event'),
    binding: text('binding'),
    sink: text('sink'),
    revision: text('revision'),
    payload: text('payload'),
    answer: text('answer'),
    octets: octets instanceof Uint8Array ? octets : null,
  };
}
