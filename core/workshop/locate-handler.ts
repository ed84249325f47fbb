import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventName } from '../../sdk/catalogue.ts';
import { showPath } from '../sandbox/problem.ts';

/**
 * Where the handler of an event stands in `sink.ts`, for faults that have no place of their own: `file:line:column`.
 *
 * @returns the file alone when the handler is not written there
 */
export function locateHandler(folder: string, event: EventName): string {
  const file = join(folder, 'sink.ts');
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes(event));
  return at < 0 ? showPath(file) : `${showPath(file)}:${at + 1}:${(lines[at]?.indexOf(event) ?? 0) + 1}`;
}
