import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type ErrorCode,
  type Pair,
} from 'yaml';
import type { Path, Position, Problem } from './problem.ts';

/** A configuration file that was read: its plain value, and where each piece of it stands. */
export type Source = {
  readonly file: string;
  /** Plain JSON; `{}` for an empty file. */
  readonly value: unknown;
  /** What is wrong with the file as YAML. */
  readonly problems: readonly Problem[];
  /**
   * The value at a path; of something that is not there, the nearest thing around it that is.
   *
   * @param character one of a text on one line, counted from 1
   */
  locate(path: Path, character?: number): Position;
  /** The key itself, where that is what is wrong. */
  locateKey(path: Path): Position;
};

/** Parses YAML 1.2. Never throws: what is wrong is in `problems`. @param file as it shall stand in problems */
export function parseSource(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problem = (offset: number, said: string): Problem => ({ file, path: [], ...at(offset), text: said });
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }) =>
    problem(pos[0], ours[code] ?? plain(message)),
  );
  visit(document, {
    Alias(_, node, around) {
      const meant = node.resolve(document);
      if (!meant) problems.push(problem(startOf(node) ?? 0, `there is no anchor &${node.source} above`));
      else if (around.includes(meant))
        problems.push(problem(startOf(node) ?? 0, `*${node.source} is inside of what it stands for: write it out`));
    },
  });
  const value = problems.length > 0 ? {} : valueOf(document);
  if (value instanceof Error) problems.push(problem(0, plain(value.message)));

  return {
    file,
    value,
    problems,
    locate: (path, character = 1) => at(offsetOf(document, path, 'value') + within(document, path, character)),
    locateKey: (path) => at(offsetOf(document, path, 'key')),
  };
}

function valueOf(document: Document): unknown {
  try {
    const value: unknown = document.toJS();
    return value ?? {};
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause)); // too many aliases
  }
}

function offsetOf(document: Document, path: Path, of: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    const whole = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(whole) ? whole.items.find((item) => isKey(item, String(step))) : undefined;
    node = isSeq(whole) ? whole.items[Number(step)] : pair?.value;
    const key = startOf(pair?.key);
    const isWantedKey = of === 'key' && depth === path.length - 1;
    offset = (isWantedKey ? key : (startOf(node) ?? key)) ?? offset;
    if (!isNode(node)) break;
  }
  return offset;
}

/** LIMIT: an escape in a quoted text shifts what follows it; a block text is pointed at as a whole. */
function within(document: Document, path: Path, character: number): number {
  const node: unknown = document.getIn(path, true);
  if (character <= 1 || !isScalar(node)) return 0;
  if (node.type === 'PLAIN') return character - 1;
  return node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? character : 0;
}

function isKey({ key }: Pair, step: string): boolean {
  return isScalar(key) && String(key.value) === step;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

const ours: Readonly<Partial<Record<ErrorCode, string>>> = {
  DUPLICATE_KEY: 'this key is given twice',
  MULTIPLE_DOCS: 'a second document starts here; one file is one configuration',
};

/** The library's text as ours: lower case, no full stop, one line. */
function plain(message: string): string {
  const line = message.split('\n')[0] ?? '';
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/[.:]$/, '');
}
