import { expect, test } from 'vitest';
import { cpuOf, settleLimits, usualLimits, type Limits } from '../../core/limits.ts';

const nothing = { asked: {}, binding: {}, sandbox: {} };
const settled = (given: Partial<Parameters<typeof settleLimits>[0]>): Limits | readonly string[] =>
  settleLimits({ ...nothing, ...given });

test('a sink that asks for nothing has the usual', () => {
  expect(settled({})).toEqual(usualLimits);
});

test('a sink has what it asks for where the administrator allows it', () => {
  expect(settled({ asked: { hostCalls: 200, inFlight: 64 } })).toMatchObject({ hostCalls: 200, inFlight: 64 });
  expect(settled({ asked: { memory: 2 ** 27 }, sandbox: { memory: 2 ** 28 } })).toMatchObject({ memory: 2 ** 27 });
  expect(settled({ asked: { memory: 2 ** 27 }, binding: { memory: 2 ** 27 } })).toMatchObject({ memory: 2 ** 27 });
});

test('one that asks for more is told which line to write', () => {
  expect(settled({ asked: { memory: 2 ** 27, log: 2 ** 21 }, memory: 2 ** 26 })).toEqual([
    'the sink asks for memory 128MB, and may have 64MB: write `limits: { memory: 128MB }` in this binding, or under `sandbox:` for all',
    'the sink asks for log 2MB, and may have 1MB: write `limits: { log: 2MB }` in this binding, or under `sandbox:` for all',
  ]);
});

test('a ceiling below the usual holds for a sink that asks for nothing; the one of the binding goes first', () => {
  expect(settled({ sandbox: { hostCalls: 10, memory: 2 ** 24 } })).toMatchObject({ hostCalls: 10, memory: 2 ** 24 });
  expect(settled({ sandbox: { hostCalls: 10 }, binding: { hostCalls: 30 } })).toMatchObject({ hostCalls: 30 });
});

function cpuFor(given: Parameters<typeof settled>[0]): number {
  const limits = settled(given);
  return 'cpuMost' in limits ? cpuOf(limits, 100) : 0;
}

test('CPU is what the sink asks for, else what the event says, never above the ceiling', () => {
  expect([
    cpuFor({}),
    cpuFor({ asked: { cpu: 300 } }),
    cpuFor({ sandbox: { cpu: 40 } }),
    cpuFor({ asked: { cpu: 20 } }),
  ]).toEqual([100, 300, 40, 20]);
});
