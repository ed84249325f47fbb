import { copyInTurns } from '../copy-in-turns.ts';

/**
 * Memory threads share, used again and again. The runtime does not count it: in a thread that allocates little else, what
 * was dropped stays for hundreds of megabytes until somebody looks for garbage.
 */
export type SharedMemory = {
  /** A copy of octets, made in steps that keep nobody waiting. */
  copy(octets: Uint8Array): Promise<Uint8Array<SharedArrayBuffer>>;
  /** Nobody reads it any more, or what is read is thrown away. */
  giveBack(octets: Uint8Array<SharedArrayBuffer>): void;
};

/** Sizes are whole multiples of it, so that messages of about a size fit into each other's place. */
const unit = 2 ** 20;
/** A message does not get a place more than so many times as large as it is, and a unit. */
const roomy = 4;

/** @param most octets that are kept for later */
export function createSharedMemory(most = 96 * unit): SharedMemory {
  let free: SharedArrayBuffer[] = [];
  const take = (size: number): SharedArrayBuffer => {
    const found = free.find(({ byteLength }) => byteLength >= size && byteLength <= roomy * size + unit);
    free = free.filter((one) => one !== found);
    return found ?? new SharedArrayBuffer(Math.max(1, Math.ceil(size / unit)) * unit);
  };
  return {
    async copy(octets) {
      const shared = new Uint8Array(take(octets.length), 0, octets.length);
      await copyInTurns([octets], shared);
      return shared;
    },
    giveBack({ buffer }) {
      let kept = 0;
      free = [buffer, ...free].filter(({ byteLength }) => (kept += byteLength) <= most);
    },
  };
}
