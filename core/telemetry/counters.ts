/** How often something happened, by labels. `last`: epoch milliseconds. */
export type Count = {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly count: number;
  readonly last: number;
};

/** Counts what happens, by name and labels, for as long as the process runs. */
export type Counters = {
  add(name: string, labels: Count['labels'], by?: number): void;
  /** @returns what was counted under a name, in the order it was first seen */
  list(name: string): readonly Count[];
};

/**
 * Opens a table of counts.
 *
 * @param options.most rows under one name; what comes first goes first, so that labels from outside cannot fill memory
 */
export function openCounters({ now, most = 2000 }: { readonly now: () => number; readonly most?: number }): Counters {
  const tables = new Map<string, Map<string, Count>>();
  const tableOf = (name: string): Map<string, Count> => {
    const known = tables.get(name) ?? new Map<string, Count>();
    tables.set(name, known);
    return known;
  };
  return {
    add(name, labels, by = 1) {
      const table = tableOf(name);
      const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      const before = table.get(key);
      table.set(key, { labels, count: (before?.count ?? 0) + by, last: now() });
      const [first] = table.keys();
      if (table.size > most && first !== undefined) table.delete(first);
    },
    list: (name) => [...(tables.get(name)?.values() ?? [])],
  };
}
