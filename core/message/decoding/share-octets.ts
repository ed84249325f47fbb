import { copyInTurns } from '../copy-in-turns.ts';

/** A copy of octets in memory that threads can share, made in steps that keep nobody waiting. */
export async function shareOctets(octets: Uint8Array): Promise<Uint8Array> {
  const shared = new Uint8Array(new SharedArrayBuffer(octets.length));
  await copyInTurns([octets], shared);
  return shared;
}
