import { SourceMap, type SourceMapPayload } from 'node:module';
import { explainMissing } from './missing.ts';

/** Says where in the TypeScript source something happened. */
export type StackReader = {
  /** @returns the stack with every position of the bundle replaced, without the frames of the bridge, globals explained */
  read(stack: string): { readonly text: string; readonly at: Position | null };
};
export type Position = { readonly file: string; readonly line: number; readonly column: number };

const frame = /^( *at (?:.* )?)(\(?)file:\/\/\/sinks\/[^\s:]+\.js:(\d+):(\d+)\)?$/;
/** Frames of the bridge, and of what it calls: for V8, and for QuickJS. */
const bridge = /<isolated-vm>|new Promise \(<anonymous>\)|<quickjs>|^ *at (?:apply|Promise) \(native\)/;
/** Frames of these are shown, but are not where an author looks first. */
const foreign = /(^|\/)(node_modules|sdk)\//;

/**
 * Reads stacks by the source map of a bundle; the map is parsed at the first stack.
 *
 * @param map as esbuild writes it, its sources named as they are to be shown
 */
export function createStackReader(map: string): StackReader {
  let parsed: SourceMap | null = null;
  const find = (line: number, column: number): Position | null => {
    parsed ??= new SourceMap(readMap(map));
    const found = parsed.findOrigin(line, column);
    return 'fileName' in found ? { file: found.fileName, line: found.lineNumber, column: found.columnNumber } : null;
  };
  return {
    read(stack) {
      const positions: Position[] = [];
      const lines = stack.split('\n').flatMap((line) => {
        if (bridge.test(line)) return [];
        const [, start, bracket, row, column] = line.length > 1000 ? [] : (frame.exec(line) ?? []);
        const position = start === undefined ? null : find(Number(row), Number(column));
        if (!position) return [line];
        positions.push(position);
        const place = `${position.file}:${position.line}:${position.column}`;
        return [bracket === '' ? `${start}${place}` : `${start}(${place})`];
      });
      const own = positions.find(({ file }) => !foreign.test(file));
      return { text: explainMissing(lines.join('\n')), at: own ?? positions[0] ?? null };
    },
  };
}

function readMap(text: string): SourceMapPayload {
  const map: unknown = JSON.parse(text);
  if (isMap(map)) return map;
  throw new TypeError('not a source map');
}

function isMap(value: unknown): value is SourceMapPayload {
  return typeof value === 'object' && value !== null && 'mappings' in value && 'sources' in value;
}
