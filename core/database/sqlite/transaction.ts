import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../errors.ts';
import type { Operation } from '../tables.ts';
import { faultOf } from './failure.ts';
import type { SqliteTables } from './tables.ts';
import { writeFault, type Answer, type Call } from './wire.ts';

export type RunBatch = (calls: readonly Call[]) => readonly Answer[];

/**
 * Group commit: many operations, one transaction, one flush. Each has a savepoint, so a failing one takes back
 * only its own changes. The answers mean "durable": they exist only once COMMIT has returned, and a COMMIT that
 * fails fails every one of them.
 */
export function createWriterBatch(
  db: DatabaseSync,
  tables: SqliteTables,
  operations: ReadonlyMap<string, Operation>,
): RunBatch {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const save = db.prepare('SAVEPOINT one');
  const release = db.prepare('RELEASE one');
  const commit = db.prepare('COMMIT');

  function runOne(call: Call): Answer {
    const dropped = tables.dropped.length;
    save.run();
    try {
      const value = perform(tables, operations, call);
      release.run();
      return { kind: 'done', id: call.id, value };
    } catch (thrown) {
      tables.dropped.length = dropped;
      // SQLite itself ends the transaction on some errors of the disk: then nothing of this batch is left.
      if (!db.isTransaction) throw thrown;
      db.exec('ROLLBACK TO one; RELEASE one');
      return { kind: 'failed', id: call.id, fault: writeFault(faultOf(thrown)) };
    }
  }

  function runTogether(calls: readonly Call[]): readonly Answer[] {
    const dropped = tables.dropped.length;
    let operating = false;
    try {
      begin.run();
      operating = true;
      const answers = calls.map(runOne);
      operating = false;
      commit.run();
      return answers;
    } catch (thrown) {
      tables.dropped.length = dropped;
      if (db.isTransaction) db.exec('ROLLBACK');
      // One operation took the whole transaction along: alone, each fails or succeeds by itself.
      if (operating && calls.length > 1) return calls.flatMap((call) => runTogether([call]));
      const fault = writeFault(commitFault(thrown));
      return calls.map(({ id }) => ({ kind: 'failed', id, fault }));
    }
  }

  return runTogether;
}

/** Reads of one batch see one state of the database; nothing to commit, nothing to undo. */
export function createReaderBatch(
  db: DatabaseSync,
  tables: SqliteTables,
  operations: ReadonlyMap<string, Operation>,
): RunBatch {
  return (calls) => {
    try {
      db.exec('BEGIN');
      return calls.map((call): Answer => {
        try {
          return { kind: 'done', id: call.id, value: perform(tables, operations, call) };
        } catch (thrown) {
          return { kind: 'failed', id: call.id, fault: writeFault(faultOf(thrown)) };
        }
      });
    } catch (thrown) {
      const fault = writeFault(faultOf(thrown));
      return calls.map(({ id }) => ({ kind: 'failed', id, fault }));
    } finally {
      if (db.isTransaction) db.exec('ROLLBACK');
    }
  };
}

function perform(tables: SqliteTables, operations: ReadonlyMap<string, Operation>, { name, input }: Call): unknown {
  const operation = operations.get(name);
  if (!operation) throw new Fault('internal.bug', { operation: name });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other end is Remote<T>, made from this very function
  return operation(tables, input as never);
}

/** Whatever broke a commit, it is not a bug in one operation. */
function commitFault(thrown: unknown): Fault {
  const fault = faultOf(thrown);
  return fault.code === 'internal.bug' ? new Fault('database.unavailable', {}, thrown) : fault;
}
