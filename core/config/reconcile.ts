import { asFault, type Fault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { formatChange, plan, type Change, type Named } from './plan.ts';

/** A change that is ready to become live: the new runs beside the old, and nobody uses it yet. */
export type Prepared = {
  /** Swaps pointers, no more: it does not wait and cannot fail. */
  commit(): void;
  /** Takes back what was prepared, because another change of the same plan could not be. */
  undo(): Promise<void>;
  /** After the commit: lets the old finish what it is doing, then stops it. */
  drain(): Promise<void>;
};

/** What a change means: starts the new (for `remove`: nothing) and leaves the old alone. Throws when it cannot. */
type Prepare<T extends Named> = (change: Change<T>) => Promise<Prepared>;

/** What became of a plan. */
type Outcome<T extends Named> =
  /** Live. `drained` resolves when the old is gone; it never rejects. */
  | { readonly kind: 'done'; readonly changes: readonly Change<T>[]; readonly drained: Promise<void> }
  /** Nothing changed: what ran before runs on. */
  | { readonly kind: 'failed'; readonly change: Change<T>; readonly fault: Fault };

/** Brings what runs to what is desired, one plan at a time. */
export type Reconciler<T extends Named> = {
  readonly running: readonly T[];
  /** Waits for the plan before it, not for its draining. Never rejects. */
  reconcile(desired: readonly T[]): Promise<Outcome<T>>;
};

type Parts<T extends Named> = {
  readonly same: (a: T, b: T) => boolean;
  readonly prepare: Prepare<T>;
  readonly log: Log;
};

/**
 * Starts the new, swaps, drains the old. Everything is prepared before anything is swapped, so a plan is live as a
 * whole or not at all.
 *
 * LIMIT: an item that takes over the address of one that goes is prepared while that still listens; `prepare` must
 * hand the socket over in `commit`.
 */
export function createReconciler<T extends Named>({ same, prepare, log }: Parts<T>): Reconciler<T> {
  let running: readonly T[] = [];
  let last: Promise<unknown> = Promise.resolve();

  async function run(desired: readonly T[]): Promise<Outcome<T>> {
    const changes = plan(running, desired, same);
    const prepared = await prepareAll(changes, prepare, log);
    if (!Array.isArray(prepared)) return prepared;
    for (const one of prepared) swap(one, log);
    running = desired;
    return { kind: 'done', changes, drained: drainAll(prepared, log) };
  }

  return {
    get running() {
      return running;
    },
    async reconcile(desired) {
      const turn = last.then(() => run(desired));
      last = turn;
      return await turn;
    },
  };
}

async function prepareAll<T extends Named>(
  changes: readonly Change<T>[],
  prepare: Prepare<T>,
  log: Log,
): Promise<Prepared[] | Extract<Outcome<T>, { readonly kind: 'failed' }>> {
  const all: Prepared[] = [];
  for (const change of changes) {
    try {
      all.push(await prepare(change));
    } catch (cause) {
      log.debug({ cause, change: formatChange(change) }, 'a change cannot be made; the others are taken back');
      for (const one of all.reverse()) await one.undo().catch(reporter('undo', log));
      return { kind: 'failed', change, fault: asFault(cause) };
    }
  }
  return all;
}

async function drainAll(all: readonly Prepared[], log: Log): Promise<void> {
  await Promise.all(all.map((one) => one.drain().catch(reporter('drain', log))));
}

/** A swap that throws is a bug; the others must still happen, or two generations would be mixed. */
function swap(one: Prepared, log: Log): void {
  try {
    one.commit();
  } catch (cause) {
    reporter('swap', log)(cause);
  }
}

function reporter(what: string, log: Log): (cause: unknown) => void {
  return (cause) => log.error({ cause }, `${what} failed while changing the configuration`);
}
