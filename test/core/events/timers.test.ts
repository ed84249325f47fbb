import { expect, test } from 'vitest';
import type { TimerSpec } from '../../../sdk/manifest.ts';
import { readTimer, startTimers } from '../../../core/events/timers.ts';
import { bindingOf } from '../../support/bindings.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 0, 15, 12, 0, 0);

/** A clock that stands still until it is moved; what is due then runs in order. */
function stillClock(now = noon) {
  let waiting: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    wait(duration: number, run: () => void) {
      const one = { at: now + duration, run };
      waiting.push(one);
      return () => {
        waiting = waiting.filter((other) => other !== one);
      };
    },
    pending: () => waiting.length,
    /** Each step of a minute lets what was due, and what follows from it, happen. */
    async advance(duration: number, step = minute) {
      const end = now + duration;
      while (now < end) {
        now = Math.min(now + step, end);
        const due = waiting.filter(({ at }) => at <= now);
        waiting = waiting.filter(({ at }) => at > now);
        for (const { run } of due) run();
        await settled();
      }
    },
  };
}

/** Promises that are settled have called their `then`s. */
async function settled(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

const timed = (timers: Record<string, TimerSpec>, said: Record<string, unknown> = {}) =>
  bindingOf(said, { events: ['onTimer'], timers });

function startWith(clock: ReturnType<typeof stillClock>, during: () => Promise<void> = () => Promise.resolve()) {
  const fired: string[] = [];
  const timers = startTimers({
    ...clock,
    async fire(binding, { timer, due }) {
      fired.push(
        `${binding.name} ${timer} ${new Date(due).toISOString().slice(11, 16)} at ${new Date(clock.now()).toISOString().slice(11, 16)}`,
      );
      await during();
    },
  });
  return { timers, fired };
}

test('an interval fires at each multiple since it began', async () => {
  const clock = stillClock();
  const { timers, fired } = startWith(clock);
  timers.set([timed({ tick: { every: '5m' } })]);
  await clock.advance(11 * minute);
  expect(fired).toEqual(['probe tick 12:05 at 12:05', 'probe tick 12:10 at 12:10']);
  await timers[Symbol.asyncDispose]();
  expect(clock.pending()).toBe(0);
});

test('cron fires by the clock of its zone, five or six fields', async () => {
  const clock = stillClock();
  const { timers, fired } = startWith(clock);
  timers.set([
    timed({ utc: { cron: '30 12 * * *', zone: 'UTC' }, tokyo: { cron: '0 45 21 * * *', zone: 'Asia/Tokyo' } }),
  ]);
  await clock.advance(24 * 60 * minute);
  expect(fired).toEqual(['probe utc 12:30 at 12:30', 'probe tokyo 12:45 at 12:45']);
  await timers[Symbol.asyncDispose]();
});

test('a time far away is not missed', async () => {
  const clock = stillClock();
  const { timers, fired } = startWith(clock);
  timers.set([timed({ rare: { every: '40d' } })]);
  await clock.advance(41 * 24 * 60 * minute, 60 * minute);
  expect(fired).toHaveLength(1);
  await timers[Symbol.asyncDispose]();
});

test('a timer does not overlap itself; what was missed meanwhile is not made up for', async () => {
  const clock = stillClock();
  let run = Promise.withResolvers<void>();
  const { timers, fired } = startWith(clock, () => run.promise);
  timers.set([timed({ tick: { every: '1m' } })]);
  await clock.advance(4 * minute);
  expect(fired).toEqual(['probe tick 12:01 at 12:01']);
  run.resolve();
  run = Promise.withResolvers();
  run.resolve();
  await settled();
  await clock.advance(minute);
  expect(fired).toEqual(['probe tick 12:01 at 12:01', 'probe tick 12:05 at 12:05']);
  await timers[Symbol.asyncDispose]();
});

test('times a sleeping machine missed come once', async () => {
  const clock = stillClock();
  const { timers, fired } = startWith(clock);
  timers.set([timed({ tick: { every: '1m' } })]);
  await clock.advance(30 * minute, 30 * minute);
  expect(fired).toEqual(['probe tick 12:01 at 12:30']);
  await clock.advance(minute);
  expect(fired).toEqual(['probe tick 12:01 at 12:30', 'probe tick 12:31 at 12:31']);
  await timers[Symbol.asyncDispose]();
});

test('a reload keeps the rhythm of a timer that stays, with the new binding; others start and stop', async () => {
  const clock = stillClock();
  const { timers, fired } = startWith(clock);
  timers.set([timed({ tick: { every: '10m' }, gone: { every: '1m' }, other: { every: '10m' } })]);
  await clock.advance(30_000);
  await clock.advance(4.5 * minute);
  fired.length = 0;
  timers.set([
    timed({ tick: { every: '10m' }, other: { every: '3m' } }),
    timed({ tick: { every: '10m' } }, { name: 'second' }),
  ]);
  await clock.advance(6 * minute);
  expect(fired).toEqual(['probe other 12:08 at 12:08', 'probe tick 12:10 at 12:10', 'probe other 12:11 at 12:11']);
  await timers[Symbol.asyncDispose]();
});

test('disposing waits for the run that is under way, and nothing fires after it', async () => {
  const clock = stillClock();
  const run = Promise.withResolvers<void>();
  const { timers, fired } = startWith(clock, () => run.promise);
  timers.set([timed({ tick: { every: '1m' } })]);
  await clock.advance(minute);
  const order: string[] = [];
  const disposed = timers[Symbol.asyncDispose]().then(() => order.push('disposed'));
  await settled();
  order.push('run ends');
  run.resolve();
  await disposed;
  expect(order).toEqual(['run ends', 'disposed']);
  await clock.advance(5 * minute);
  expect(fired).toHaveLength(1);
  expect(clock.pending()).toBe(0);
});

test('the hour that does not exist and the hour that comes twice are one run a day', () => {
  const reading = readTimer({ cron: '30 2 * * *', zone: 'Europe/Berlin' });
  if (reading.kind === 'problem') throw new Error(reading.text);
  const runs = (from: number, days: number): number => {
    let count = 0;
    for (let at: number | null = from; at !== null && at < from + days * 86_400_000; count += 1)
      at = reading.schedule(at, from);
    return count - 1;
  };
  expect(runs(Date.UTC(2026, 2, 28), 3)).toBe(3);
  expect(runs(Date.UTC(2026, 9, 24), 3)).toBe(3);
});
