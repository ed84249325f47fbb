import { Cron } from 'croner';
import type { TimerSpec } from '../../sdk/manifest.ts';
import { formatDuration, parseDuration } from '../units.ts';
import type { Binding } from './binding.ts';

/** @returns the first time after `from` (epoch milliseconds), for a timer that began at `start`; null when there is none */
export type Schedule = (from: number, start: number) => number | null;

const shortest = 1_000;
const longest = 366 * 86_400_000;
/** Node cannot wait longer than 2^31 ms; and after a suspended machine wakes up it should not take long to notice. */
const longestWait = 3_600_000;

/** Reads what a sink says of a timer. No other file imports croner. */
export function readTimer(
  spec: TimerSpec,
): { readonly kind: 'timer'; readonly schedule: Schedule } | { readonly kind: 'problem'; readonly text: string } {
  if (!('every' in spec)) return readCron(spec);
  const every = typeof spec.every === 'string' ? parseDuration(spec.every) : null;
  if (every === null || every < shortest || every > longest) {
    const range = `${formatDuration(shortest)} to ${formatDuration(longest)}`;
    return { kind: 'problem', text: `every: expected a duration from ${range}, such as 5m` };
  }
  const schedule: Schedule = (from, start) => start + (Math.floor((from - start) / every) + 1) * every;
  return { kind: 'timer', schedule };
}

function readCron({ cron, zone }: Extract<TimerSpec, { cron: string }>): ReturnType<typeof readTimer> {
  try {
    const pattern = new Cron(cron, { paused: true, mode: '5-or-6-parts', ...(zone ? { timezone: zone } : {}) });
    const schedule: Schedule = (from) => pattern.nextRun(new Date(from))?.getTime() ?? null;
    if (schedule(0, 0) === null) return { kind: 'problem', text: `cron: ${cron} never comes` };
    return { kind: 'timer', schedule };
  } catch (cause) {
    return { kind: 'problem', text: `cron: ${cause instanceof Error ? cause.message : 'cannot be read'}` };
  }
}

/** What timers run on; a test gives its own time. */
export type TimerParts = {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `run` once after so many milliseconds. @returns how to call it off */
  wait(duration: number, run: () => void): () => void;
  /** Tells the binding's sink `onTimer`. Must not reject; the next run waits for it. */
  fire(binding: Binding, payload: { readonly timer: string; readonly due: number }): Promise<void>;
};

export type Timers = AsyncDisposable & {
  /** Takes over the bindings of a new generation. A timer that stays as it was keeps its rhythm. */
  set(bindings: readonly Binding[]): void;
};

type Running = {
  readonly spec: string;
  /** Of the current generation. */
  binding: Binding;
  stop(): Promise<void>;
};

/**
 * Runs the timers of all bindings. A timer never overlaps itself: times that come while it runs are left out. Times
 * missed because the machine slept come once, late.
 *
 * LIMIT: intervals begin anew when the process does; nothing is made up for time it did not run.
 */
export function startTimers(parts: TimerParts): Timers {
  const running = new Map<string, Running>();

  return {
    set(bindings) {
      const wanted = new Map(bindings.flatMap(timersOf).map((timer) => [timer.id, timer]));
      for (const [id, timer] of running) {
        if (wanted.get(id)?.spec === timer.spec) continue;
        running.delete(id);
        void timer.stop();
      }
      for (const [id, timer] of wanted) {
        const same = running.get(id);
        if (same) same.binding = timer.binding;
        else running.set(id, run(parts, timer));
      }
    },
    async [Symbol.asyncDispose]() {
      const last = [...running.values()];
      running.clear();
      await Promise.all(last.map((timer) => timer.stop()));
    },
  };
}

type Wanted = {
  readonly id: string;
  readonly name: string;
  readonly spec: string;
  readonly schedule: Schedule;
  readonly binding: Binding;
};

function timersOf(binding: Binding): readonly Wanted[] {
  if (!binding.events.has('onTimer')) return [];
  return Object.entries(binding.revision.manifest.timers).flatMap(([name, spec]) => {
    const reading = readTimer(spec);
    if (reading.kind === 'problem') return [];
    const { schedule } = reading;
    return [{ id: `${binding.key} ${name}`, name, spec: JSON.stringify(spec), schedule, binding }];
  });
}

function run(parts: TimerParts, { name, spec, schedule, binding }: Wanted): Running {
  const start = parts.now();
  let isStopped = false;
  let callOff: (() => void) | null = null;
  let firing = Promise.resolve();

  const sleepUntil = (due: number | null): void => {
    if (isStopped || due === null) return;
    const duration = Math.min(Math.max(due - parts.now(), 0), longestWait);
    callOff = parts.wait(duration, () => (parts.now() < due ? sleepUntil(due) : fire(due)));
  };
  const fire = (due: number): void => {
    const fired = parts.fire(timer.binding, { timer: name, due });
    firing = fired.then(() => sleepUntil(schedule(parts.now(), start)));
  };
  const timer: Running = {
    spec,
    binding,
    stop() {
      isStopped = true;
      callOff?.();
      return firing;
    },
  };
  sleepUntil(schedule(start, start));
  return timer;
}
