import { expect, test } from 'vitest';
import { minute } from '../../../sdk/durations.ts';
import { openBreakers } from '../../../core/database/breakers.ts';
import { Fault, type FaultCode } from '../../../core/errors.ts';
import type { Binding } from '../../../core/events/binding.ts';
import type { CallSink } from '../../../core/events/dispatch.ts';
import { createBreakers, type Breakers } from '../../../core/platform/breakers.ts';
import type { Log, TraceEntry } from '../../../core/telemetry/telemetry.ts';
import { bindingOf } from '../../support/bindings.ts';
import { engines, openHouse, silent, type House } from '../database/engines.ts';

type Line = { readonly alarm?: boolean; readonly binding?: string };

async function open(house: House, outcome: () => FaultCode | null) {
  const trace: TraceEntry[] = [];
  const alarms: Line[] = [];
  const log: Log = { ...silent, error: (line) => void alarms.push(line) };
  let calls = 0;
  const callSink: CallSink = async () => {
    calls += 1;
    const code = outcome();
    if (code !== null) throw new Fault(code);
    return { kind: 'next' };
  };
  const store = openBreakers(house.database);
  const kept = await store.list();
  const record = (entry: TraceEntry): void => void trace.push(entry);
  const breakers = createBreakers({ callSink, store, kept, log, record, now: house.clock.now });
  return { breakers, trace, alarms, calls: () => calls };
}

/** Asks once. @returns the code of the fault; null when it was answered */
async function ask({ callSink }: Breakers, binding: Binding, event: 'onRcpt' | 'onLoad' = 'onRcpt') {
  const call = { binding, event, payload: {}, deadline: 1, cpu: 1, message: null, traceId: 't1' } as const;
  return await callSink(call).then(
    () => null,
    (fault: unknown) => (fault instanceof Fault ? fault.code : 'nothing we know'),
  );
}

const ofRevision = (hash: string): Binding => ({ ...bindingOf(), revision: { ...bindingOf().revision, hash } });

test('a binding that ended two hosts is off over a restart, with one alarm, until an operator says otherwise', async () => {
  await using house = await openHouse(engines[0]!);
  const first = await open(house, () => 'sandbox.killed');
  const asked = [];
  for (let turn = 0; turn < 4; turn += 1) asked.push(await ask(first.breakers, bindingOf()));
  expect(asked).toEqual(['sandbox.killed', 'sandbox.killed', 'sandbox.breaker', 'sandbox.breaker']);
  expect(first.calls()).toBe(2);
  expect(first.alarms).toMatchObject([{ alarm: true, binding: 'mx/probe/probe' }]);
  expect(first.trace.map(({ event, decision, traceId }) => [event, decision, traceId])).toEqual([
    ['breaker', 'closed', 't1'],
    ['breaker', 'off', 't1'],
  ]);

  await using later = await house.restart();
  const second = await open(later, () => null);
  expect(await ask(second.breakers, bindingOf())).toBe('sandbox.breaker');
  expect(await ask(second.breakers, ofRevision('newer'))).toBe(null);
  second.breakers.pardon(bindingOf());
  expect(await ask(second.breakers, bindingOf())).toBe(null);

  await using last = await later.restart('third');
  expect((await open(last, () => null)).breakers.of(bindingOf())).toMatchObject({ kind: 'closed', kills: 0 });
});

test('a binding that rests goes on resting after a restart, and then one call finds out', async () => {
  await using house = await openHouse(engines[0]!);
  const first = await open(house, () => 'sandbox.deadline');
  for (let turn = 0; turn < 3; turn += 1) expect(await ask(first.breakers, bindingOf())).toBe('sandbox.deadline');

  await using later = await house.restart();
  const second = await open(later, () => null);
  expect(await ask(second.breakers, bindingOf())).toBe('sandbox.breaker');
  later.clock.advance(minute);
  const both = [ask(second.breakers, bindingOf()), ask(second.breakers, bindingOf())];
  expect(await Promise.all(both)).toEqual([null, 'sandbox.breaker']);
  expect(await ask(second.breakers, bindingOf())).toBe(null);
});

test('loading and unloading go past the breaker, and do not count', async () => {
  await using house = await openHouse(engines[0]!);
  const { breakers } = await open(house, () => 'sandbox.killed');
  for (let turn = 0; turn < 3; turn += 1) expect(await ask(breakers, bindingOf(), 'onLoad')).toBe('sandbox.killed');
  expect(breakers.of(bindingOf())).toMatchObject({ kind: 'closed', kills: 0 });
});

test('of one binding no more than eight revisions in trouble are remembered', async () => {
  await using house = await openHouse(engines[0]!);
  const { breakers } = await open(house, () => 'sandbox.killed');
  for (let at = 0; at < 12; at += 1) {
    house.clock.advance(1);
    for (const _ of [1, 2]) await ask(breakers, ofRevision(`r${at}`));
  }
  const revisions = async () => (await openBreakers(house.database).list()).map(({ revision }) => revision).toSorted();
  await expect.poll(revisions).toEqual(['r10', 'r11', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9']);
});
