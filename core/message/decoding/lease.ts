import type { SharedMemory } from './shared-memory.ts';

/** The octets of one message in shared memory, for as long as somebody wants something of it. */
export type Lease = {
  /** Names these octets, and no others, to threads. */
  readonly message: number;
  readonly octets: Uint8Array;
};

/** Has octets in shared memory while they are asked about. */
export type Lessee = {
  use<T>(work: (lease: Lease) => Promise<T>): Promise<T>;
  /** Nothing more is expected; whoever asks all the same gets a fresh copy. Not while they are asked about. */
  end(): void;
};

export function createLessee(memory: SharedMemory, octets: Uint8Array, nextId: () => number): Lessee {
  let lease: Promise<Lease & { readonly octets: Uint8Array<SharedArrayBuffer> }> | null = null;
  let users = 0;
  const start = async () => ({ message: nextId(), octets: await memory.copy(octets) });
  return {
    async use(work) {
      users += 1;
      try {
        return await work(await (lease ??= start()));
      } finally {
        users -= 1;
      }
    },
    end() {
      if (users > 0) return; // a sink that was given up still waits: what it reads must not become another message
      void lease?.then((ended) => memory.giveBack(ended.octets));
      lease = null;
    },
  };
}
