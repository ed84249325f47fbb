import { readFileSync } from 'node:fs';

/** Where a sink's own source names a package. */
export type ImportPlace = {
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly lineText: string;
  readonly package: string;
};

/** Who imports which package, for mistakes that show inside of a package: its author is not who has to mend them. */
export type ImportTrail = {
  note(importer: string, specifier: string): void;
  /** @returns the import in the sink's own source that leads to this file; null for a file of its own, or when it cannot be told */
  find(file: string): ImportPlace | null;
};

type Import = { readonly importer: string; readonly specifier: string };

export function createImportTrail(): ImportTrail {
  const imports = new Map<string, Import>();
  return {
    note(importer, specifier) {
      if (/^[./]/.test(specifier)) return;
      const name = nameOf(specifier);
      if (!imports.has(name) || packageOf(importer) === null) imports.set(name, { importer, specifier });
    },
    find(file) {
      let inside = packageOf(file);
      for (let steps = 0; inside !== null && steps < 50; steps += 1) {
        const found = imports.get(inside);
        if (!found) return null;
        const next = packageOf(found.importer);
        if (next === null) return placeOf(found, inside);
        inside = next;
      }
      return null;
    },
  };
}

/** `zod` of `zod/mini`, `@a/b` of `@a/b/c`. */
const nameOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** Null for what is in no package. */
function packageOf(file: string): string | null {
  const [, inside] = /^.*[\\/]node_modules[\\/](.+)$/.exec(file) ?? [];
  return inside === undefined ? null : nameOf(inside.replaceAll('\\', '/'));
}

function placeOf({ importer, specifier }: Import, name: string): ImportPlace | null {
  const lines = readFileSync(importer, 'utf8').split(/\r?\n/);
  for (const [at, lineText] of lines.entries()) {
    const column = Math.max(lineText.indexOf(`'${specifier}'`), lineText.indexOf(`"${specifier}"`)) + 1;
    if (column > 0)
      return { file: importer, line: at + 1, column, length: specifier.length + 2, lineText, package: name };
  }
  return null;
}
