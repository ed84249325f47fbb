import { setImmediate as turn } from 'node:timers/promises';

/** Octets copied before the event loop may turn. */
const step = 2 * 2 ** 20;

/** A copy of octets in memory that threads can share, made in steps that keep nobody waiting. */
export async function shareOctets(octets: Uint8Array): Promise<Uint8Array> {
  const shared = new Uint8Array(new SharedArrayBuffer(octets.length));
  for (let at = 0; at < octets.length; at += step) {
    if (at > 0) await turn();
    shared.set(octets.subarray(at, at + step), at);
  }
  return shared;
}
