import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findConflicts } from './conflicts.ts';
import { checkShape, problemAt } from './explain.ts';
import { findMissingFiles, resolvePaths } from './files.ts';
import type { Path, Problem } from './problem.ts';
import { defaultData, schema, type Config } from './schema.ts';
import { parseSource, type Source } from './source.ts';

/** A configuration, or everything that is wrong with it in the order of the file. */
export type ReadConfig =
  | {
      readonly kind: 'config';
      readonly config: Config;
      /**
       * Makes a problem that only a later look finds (an unknown sink, settings it refuses) read like the others.
       *
       * @param path e.g. `['virtualServers', 0, 'bindings', 1, 'settings', 'text']`; need not exist
       * @param character the one of a text (a rule) that is wrong, counted from 1
       */
      problemAt(path: Path, text: string, character?: number): Problem;
    }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** No configuration is larger; a log file given by mistake is. */
const maxOctets = 2 ** 20;

/**
 * Reads `sluice.yaml`. A file that cannot be read is a problem like any other: nothing is thrown.
 *
 * @param file as problems shall name it; from the working directory
 */
export async function readConfig(file: string): Promise<ReadConfig> {
  const text = await readText(file);
  if (typeof text !== 'string') return { kind: 'problems', problems: [text] };
  const source = parseSource(text, file);
  if (source.problems.length > 0) return { kind: 'problems', problems: inOrder(source.problems) };

  const shape = checkShape(schema, source);
  const conflicts = findConflicts(source);
  if (shape.kind === 'bad') return { kind: 'problems', problems: inOrder([...shape.problems, ...conflicts]) };
  const config = resolvePaths(shape.value, file);
  return finish(config, source, [...conflicts, ...(await findMissingFiles(config, source))]);
}

/**
 * Where a configuration keeps its data, also when the rest of it is wrong.
 *
 * @returns an absolute path; that of the default when the file does not say
 */
export async function readDataFolder(file: string): Promise<string> {
  const text = await readText(file);
  const { value } = parseSource(typeof text === 'string' ? text : '', file);
  const named: unknown = typeof value === 'object' && value !== null && 'data' in value ? value.data : null;
  return resolve(typeof named === 'string' && named !== '' ? named : defaultData);
}

function finish(config: Config, source: Source, problems: readonly Problem[]): ReadConfig {
  if (problems.length > 0) return { kind: 'problems', problems: inOrder(problems) };
  return { kind: 'config', config, problemAt: (path, text, character) => problemAt(source, path, text, character) };
}

async function readText(file: string): Promise<string | Problem> {
  const problem = (text: string): Problem => ({ file, line: 1, column: 1, path: [], text });
  try {
    const octets = await readFile(file);
    if (octets.length > maxOctets) return problem('larger than 1MB: this is no configuration');
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    return problem(unreadable[code] ?? `cannot be read: ${String(cause)}`);
  }
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'this is a folder',
  EACCES: 'not readable by this user',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'not UTF-8',
};

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
