import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Problem } from './problem.ts';

/** `found`: name → folder of everything that has a `sink.ts`; `twins`: folders that are not used, for their name. */
export type Discovered = { readonly found: ReadonlyMap<string, string>; readonly twins: readonly Problem[] };

/** Looks for sinks. The first folder of a name wins; a folder that is not there counts as empty. */
export async function discover(folders: readonly string[]): Promise<Discovered> {
  const found = new Map<string, string>();
  const twins: Problem[] = [];
  for (const parent of folders) {
    const names = await readdir(parent).catch(() => []);
    for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
      const folder = join(parent, name);
      const isSink = await stat(join(folder, 'sink.ts'))
        .then((file) => file.isFile())
        .catch(() => false);
      if (!isSink) continue;
      const first = found.get(name);
      if (first === undefined) found.set(name, folder);
      else if (first !== folder) twins.push(twinOf(name, folder, first));
    }
  }
  return { found, twins };
}

function twinOf(sink: string, folder: string, first: string): Problem {
  const file = relative('.', join(folder, 'sink.ts'));
  const text = `not used: ${relative('.', first)} has the same name and comes first; rename one of the two`;
  return { sink, file, line: 1, column: 1, text, frame: null };
}
