import { limits } from './capabilities/limits.ts';

/** Milliseconds of CPU an entry of a frame costs, before anything is known; a day of the newest counts this share. */
const first = 0.05;
const share = 0.2;

/** What the entries of one tenant cost, learned from its answers, and how much of its turn it has left. */
export class Cost {
  /** Milliseconds of CPU it may still use in its turn; below zero it has to wait. */
  credit = 0;
  #each = first;

  /** @returns how many entries a frame may have, to take about this many milliseconds */
  fit(quantum: number): number {
    return Math.min(limits.frameEvents, Math.max(1, Math.floor(quantum / this.#each)));
  }

  /** A frame goes out. @returns milliseconds of CPU it is expected to take */
  expect(entries: number): number {
    const expected = entries * this.#each;
    this.credit -= expected;
    return expected;
  }

  /** A frame was answered. @param used milliseconds */
  learn(entries: number, expected: number, used: number): void {
    this.credit -= used - expected;
    this.#each += share * (used / Math.max(1, entries) - this.#each);
  }
}
