import type { Fault, FaultCode } from '../errors.ts';
import type { Done, Status } from './bridge.ts';
import type { PendingCall } from './call.ts';
import type { Limits } from '../limits.ts';
import { limits } from './capabilities/limits.ts';

/** Which fault it is when an isolate was lost while one call ran in it alone; a limit is named with what it allows. */
export function blame(
  { status, text }: Pick<Done, 'status' | 'text'>,
  { memory }: Pick<Limits, 'memory'>,
  cpu: number,
): readonly [FaultCode, Fault['context']] {
  const codes: Record<Exclude<Status, 'unbuilt'>, readonly [FaultCode, Fault['context']]> = {
    timeout: ['sandbox.cpu', { limit: 'cpu', allowed: cpu }],
    memory: ['sandbox.memory', { limit: 'memory', allowed: memory }],
    outbox: ['sandbox.limit', { limit: 'outbox', allowed: limits.pump }],
    failed: ['sandbox.threw', { error: text }],
    // The pump returned, and yet what it sent cannot be read: the sink broke the bridge in its isolate.
    ok: ['sandbox.answer', { error: 'the isolate sends what cannot be read' }],
  };
  return status === 'unbuilt' ? ['sandbox.load', { error: text }] : codes[status];
}

/**
 * A slice is wall time. A call that was stopped without having had half of its CPU time was not the one that made it
 * late: the machine is busy, and it may try again.
 */
export function wasStarved({ cpu: allowed, runs }: PendingCall, { status, cpu }: Done): boolean {
  return status === 'timeout' && cpu < 500 * allowed && runs <= limits.replays;
}

/** Shares the CPU time of a pump among its calls. @returns those that are over their own limit now */
export function charge(touched: readonly PendingCall[], cpu: number): readonly PendingCall[] {
  for (const call of touched) call.used += cpu / touched.length;
  return touched.filter(({ used, cpu: allowed, isSettled }) => !isSettled && used > 1000 * allowed);
}
