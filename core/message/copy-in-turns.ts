import { setImmediate as turn } from 'node:timers/promises';

/** Octets copied before the event loop may turn: with memory nobody has touched yet, a millisecond. */
const step = 2 ** 20;

/** Copies pieces one behind the other into octets that have room for them, and keeps nobody waiting, large as they may be. */
export async function copyInTurns(pieces: readonly Uint8Array[], into: Uint8Array): Promise<void> {
  let length = 0;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length;) {
      if (length > 0 && length % step === 0) await turn();
      const to = Math.min(piece.length, from + step - (length % step));
      into.set(piece.subarray(from, to), length);
      length += to - from;
      from = to;
    }
  }
}
