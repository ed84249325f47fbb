/** Where something stands in the file: keys and list positions from the top, e.g. `['virtualServers', 0, 'id']`. */
export type Path = readonly (string | number)[];

/** A place in a file; line and column count from 1. */
export type Position = { readonly line: number; readonly column: number };

/** One thing wrong with the configuration. */
export type Problem = Position & {
  readonly file: string;
  readonly path: Path;
  /** One line, lower case, no full stop: what is wrong and what is expected. */
  readonly text: string;
};

/** `sluice.yaml:12:11: virtualServers[0].limits.size: expected a size such as 25MB`; terminals make the start a link. */
export function formatProblem({ file, line, column, path, text }: Problem): string {
  return `${file}:${line}:${column}: ${path.length === 0 ? '' : `${formatPath(path)}: `}${text}`;
}

/** `virtualServers[0].limits.size` */
export function formatPath(path: Path): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${step}`)).join('');
}
