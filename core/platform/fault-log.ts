import type { EventName } from '../../sdk/catalogue.ts';
import { minute } from '../../sdk/durations.ts';
import type { DispatchParts } from '../events/dispatch.ts';
import type { Log } from '../telemetry/telemetry.ts';

/** Faults of one revision of a binding that are written out in a minute; the others are counted. */
const most = 5;

type Turn = { written: number; unwritten: number };

/**
 * Writes faults of sinks to the log: a sink that fails at every message must not fill the disk as well. A new
 * revision is heard from its first fault on.
 *
 * @param later calls `run` once after so many milliseconds
 * @param findHandler where the handler of a sink stands, for faults without a place: CPU, a wrong answer, a thrown string
 */
export function createFaultLog(
  log: Log,
  later: (duration: number, run: () => void) => void,
  findHandler: (sink: string, event: EventName) => string | null = () => null,
): NonNullable<DispatchParts['report']> {
  const turns = new Map<string, Turn>();

  const startTurn = (key: string, sink: object): Turn => {
    const turn = { written: 0, unwritten: 0 };
    turns.set(key, turn);
    later(minute, () => {
      turns.delete(key);
      if (turn.unwritten > 0)
        log.warn({ ...sink, faults: turn.unwritten }, 'it failed more often than is written here');
    });
    return turn;
  };

  return (fault, { binding, event, traceId }) => {
    const sink = { binding: binding.key, revision: binding.revision.hash.slice(0, 8) };
    const key = `${sink.binding} ${sink.revision}`;
    const turn = turns.get(key) ?? startTurn(key, sink);
    if (turn.written >= most) {
      turn.unwritten += 1;
      return;
    }
    turn.written += 1;
    const { error, problem, limit, allowed } = fault.context;
    const at = fault.context['at'] ?? findHandler(binding.sink, event) ?? undefined;
    const why = { fault: fault.code, limit, allowed, at, error, problem };
    log.warn({ ...sink, event, traceId, ...why }, 'a sink failed; its onFault stands in');
  };
}
