import { setTimeout as wait } from 'node:timers/promises';
import { second } from '../../sdk/durations.ts';
import { asFault } from '../errors.ts';
import type { DeliveryParts } from './parts.ts';

/** Waits between tries, in milliseconds; the last one repeats. Together about ten minutes. */
const waits = [
  second / 2,
  second,
  2 * second,
  5 * second,
  10 * second,
  ...Array.from({ length: 20 }, () => 30 * second),
];

/**
 * Writes down what another host has answered, and does not give up while the disk is full or the database busy: a message
 * that was handed on and not settled would be handed on again, every few seconds until there is room.
 *
 * @throws Fault when it cannot be written for about ten minutes, somebody else has the message, or delivery stops
 */
export async function writeDown<T>(
  { log, stopping }: Pick<DeliveryParts, 'log' | 'stopping'>,
  write: () => Promise<T>,
): Promise<T> {
  for (const ms of waits) {
    try {
      return await write();
    } catch (thrown) {
      const fault = asFault(thrown);
      if (stopping.aborted || !mayPass.has(fault.code)) throw fault;
      log.warn({ fault, ms }, 'what became of a message cannot be written down now; tried again');
      await wait(ms, null, { signal: stopping }).catch(() => null);
    }
  }
  return await write();
}

const mayPass: ReadonlySet<string> = new Set(['database.full', 'database.unavailable']);
