/** How much of one kind each binding may have under way. */
export type UnderWay = {
  /** @returns null, and nothing is done, when the binding has as many already */
  run<T>(binding: string, work: () => Promise<T>): Promise<T | null>;
};

/** @param most for each binding */
export function createUnderWay(most: number): UnderWay {
  const counts = new Map<string, number>();
  return {
    async run(binding, work) {
      const count = counts.get(binding) ?? 0;
      if (count >= most) return null;
      counts.set(binding, count + 1);
      try {
        return await work();
      } finally {
        const left = (counts.get(binding) ?? 1) - 1;
        if (left === 0) counts.delete(binding);
        else counts.set(binding, left);
      }
    },
  };
}
