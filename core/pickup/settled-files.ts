import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Knows which files of a folder have stayed as they are for long enough. */
export type SettledFiles = {
  /** @returns names of files that are settled, and whether there are others that are not yet */
  look(): Promise<{ readonly settled: readonly string[]; readonly isWaiting: boolean }>;
};

/** Files looked at in one go: the others have their turn in the next. */
const most = 1_000;

/**
 * @param settle milliseconds a file must have kept its size and time of change
 * @param now epoch milliseconds
 */
export function watchSettling(folder: string, settle: number, now: () => number): SettledFiles {
  let known: ReadonlyMap<string, { readonly version: string; readonly since: number }> = new Map();
  return {
    async look() {
      const at = now();
      const entries = await readdir(folder, { withFileTypes: true });
      const names = entries.filter((entry) => entry.isFile() && isMeant(entry.name)).map(({ name }) => name);
      const seen = await Promise.all(
        names
          .toSorted()
          .slice(0, most)
          .map(async (name) => ({ name, version: await versionOf(join(folder, name)) })),
      );
      known = new Map(
        seen.flatMap(({ name, version }) => {
          if (version === null) return [];
          const before = known.get(name);
          return [[name, before?.version === version ? before : { version, since: at }] as const];
        }),
      );
      const settled = [...known].filter(([, { since }]) => at - since >= settle).map(([name]) => name);
      return { settled, isWaiting: settled.length < known.size || names.length > most };
    },
  };
}

/** Names under which programs write what is not finished. */
const isMeant = (name: string): boolean =>
  !name.startsWith('.') && !name.endsWith('~') && !/\.(?:tmp|part|partial|swp)$/i.test(name);

async function versionOf(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  return found && `${found.size} ${found.mtimeMs} ${found.ino}`;
}
