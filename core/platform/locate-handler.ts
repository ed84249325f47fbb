import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventName } from '../../sdk/catalogue.ts';
import { showPath } from '../sandbox/problem.ts';

/**
 * Where the handler of an event stands in `sink.ts`, for faults that have no place of their own: `file:line:column`.
 *
 * LIMIT: in the file as it is now; the revision that failed may be the one before.
 *
 * @returns the file alone when the handler is not written there; null when there is no file
 */
export function locateHandler(folder: string, event: EventName): string | null {
  const file = join(folder, 'sink.ts');
  const lines = readLines(file);
  if (lines === null) return null;
  const at = lines.findIndex((line) => line.includes(event));
  return at < 0 ? showPath(file) : `${showPath(file)}:${at + 1}:${(lines[at]?.indexOf(event) ?? 0) + 1}`;
}

/** The same for a sink by its name. @param folders those of the configuration */
export function createHandlerFinder(folders: readonly string[]): (sink: string, event: EventName) => string | null {
  return (sink, event) => {
    for (const folder of folders) {
      const found = locateHandler(join(folder, sink), event);
      if (found !== null) return found;
    }
    return null;
  };
}

function readLines(file: string): readonly string[] | null {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return null;
  }
}
