import { minute } from '../../sdk/durations.ts';
import type { DispatchParts } from '../events/dispatch.ts';
import type { Log } from '../telemetry/telemetry.ts';

/** Faults of one binding that are written out in a minute; the others are counted. */
const most = 5;

type Turn = { readonly since: number; written: number; unwritten: number };

/** Writes faults of sinks to the log: a sink that fails at every message must not fill the disk as well. */
export function createFaultLog(log: Log, now: () => number): NonNullable<DispatchParts['report']> {
  const turns = new Map<string, Turn>();

  return (fault, { binding, event, traceId }) => {
    const sink = { binding: binding.key, revision: binding.revision.hash.slice(0, 8) };
    const turn = currentTurn(turns, binding.key, now());
    if (turn.unwritten > 0 && turn.written === 0) {
      log.warn({ ...sink, faults: turn.unwritten }, 'a sink failed more often than is written here');
      turn.unwritten = 0;
    }
    if (turn.written >= most) {
      turn.unwritten += 1;
      return;
    }
    turn.written += 1;
    const { error, at } = fault.context;
    log.warn({ ...sink, event, traceId, fault: fault.code, at, error }, 'a sink failed; its onFault stands in');
  };
}

/** A new turn takes over the count of the one before, to be told once. */
function currentTurn(turns: Map<string, Turn>, key: string, at: number): Turn {
  const turn = turns.get(key);
  if (turn && at - turn.since < minute) return turn;
  const next = { since: at, written: 0, unwritten: turn?.unwritten ?? 0 };
  turns.set(key, next);
  return next;
}
