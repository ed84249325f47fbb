import { relative, resolve } from 'node:path';

/** Why a sink cannot be used, where in its source. */
export type Problem = {
  /** The folder's name. */
  readonly sink: string;
  /** Relative to the working directory where that is shorter; line and column count from 1. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
  /** The line of source with a mark under the place; null when there is none to show. */
  readonly frame: string | null;
};

/** One problem as a person reads it: `file:line:column: text`, and the code frame below. */
export function formatProblem({ file, line, column, text, frame }: Problem): string {
  const head = `${file}:${line}:${column}: ${text}`;
  return frame === null ? head : `${head}\n${frame}`;
}

/** @param column counts from 1 @returns `  3 | const x = ;` and a mark below */
export function drawFrame(source: string, line: number, column: number, length = 1): string {
  const start = `  ${line} | `;
  const shown = source.slice(0, 200).replaceAll('\t', ' ');
  return `${start}${shown}\n${' '.repeat(start.length - 2)}| ${' '.repeat(Math.min(column - 1, 200))}${'^'.repeat(Math.max(1, Math.min(length, 80)))}`;
}

/** A path as a person finds it: relative below the working directory, else absolute. */
export function showPath(path: string): string {
  const below = relative('.', path);
  return below.startsWith('..') ? resolve(path) : below;
}
