import { minute } from '../../sdk/durations.ts';
import type { Dispatcher } from '../events/dispatch.ts';
import { startTimers, type Timers } from '../events/timers.ts';
import type { Log } from '../telemetry/telemetry.ts';

/** Runs the timers of sinks on the clock of this machine. */
export function startSinkTimers(parts: {
  readonly dispatcher: Pick<Dispatcher, 'tellOne'>;
  readonly now: () => number;
  readonly randomId: () => string;
}): Timers {
  return startTimers({
    now: parts.now,
    wait: waitOnce,
    async fire(binding, payload) {
      const virtualServer = { id: binding.virtualServer, protocol: binding.protocol };
      const about = { traceId: parts.randomId(), session: null, source: 'timer', isLocal: () => false } as const;
      await parts.dispatcher.tellOne(binding, 'onTimer', { ...about, virtualServer }, payload);
    },
  });
}

/** Calls `run` once after so many milliseconds. @returns how to call it off */
function waitOnce(duration: number, run: () => void): () => void {
  const timer = setTimeout(run, duration);
  return () => clearTimeout(timer);
}

/** Runs a small chore every ten minutes; a chore that fails is tried again at the next turn. */
export function startHousekeeping(chore: () => Promise<unknown>, log: Log): Disposable {
  const timer = setInterval(() => {
    chore().catch((cause: unknown) => log.warn({ cause }, 'housekeeping failed'));
  }, 10 * minute);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Calls `run` once after so many milliseconds, and keeps no process alive for it. */
export function runLater(duration: number, run: () => void): void {
  setTimeout(run, duration).unref();
}
