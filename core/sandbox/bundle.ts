import { createHash } from 'node:crypto';
import { isBuiltin } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle, context, type BuildContext, type BuildFailure, type Message, type Plugin } from 'esbuild';
import { createImportTrail, type ImportTrail } from './import-trail.ts';
import { drawFrame, showPath, type Problem } from './problem.ts';
import type { Bundle } from './contract.ts';

export type BundleResult =
  | { readonly kind: 'bundle'; readonly bundle: Bundle }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** Bundles one sink again and again; the second time is faster. */
export type Bundler = AsyncDisposable & { build(): Promise<BundleResult> };

const sdk = fileURLToPath(new URL('../../sdk/index.ts', import.meta.url));

/**
 * Bundles `<folder>/sink.ts` with everything it imports into one script, here in the core: the source is untrusted
 * text, the bundler is not. Types are not checked. `@sluice/sdk` is always ours, wherever the folder is.
 *
 * @param folder its last part is the sink's name
 */
export async function openBundler(folder: string): Promise<Bundler> {
  const trail = createImportTrail();
  const build = await context({
    absWorkingDir: resolve(folder),
    entryPoints: ['./sink.ts'],
    outfile: 'sink.js',
    bundle: true,
    write: false,
    format: 'cjs',
    // What a package has for browsers needs no Node.
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['module', 'import'],
    target: 'es2024',
    // Big integers are among the natives no time limit reaches; `import()` of a computed name has nothing to load.
    supported: { bigint: false, 'dynamic-import': false },
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    plugins: [createResolver(trail)],
  });
  return {
    build: () => rebuild(build, { folder, sink: basename(folder), trail }),
    [Symbol.asyncDispose]: () => build.dispose(),
  };
}

/** Bundles a sink once. @param folder its last part is the sink's name */
export async function buildSink(folder: string): Promise<BundleResult> {
  await using bundler = await openBundler(folder);
  return await bundler.build();
}

/**
 * Bundles modules of our own, each into one CommonJS script: a process that runs them need not strip types, which costs
 * it 45 ms a thread, nor find a dozen files (measured).
 *
 * @param from `packages`: by name, the file each is loaded from where the script runs; `alias`: by name, the file that
 * is bundled for it
 */
export async function bundleOwn(
  files: readonly string[],
  folder: string,
  { packages, alias }: { readonly [K in 'packages' | 'alias']: Readonly<Record<string, string>> },
): Promise<void> {
  await bundle({
    entryPoints: [...files],
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    logLevel: 'silent',
    alias,
    plugins: [
      {
        name: 'packages',
        setup(build) {
          build.onResolve({ filter: /^[a-z]/ }, ({ path }) =>
            Object.hasOwn(packages, path) ? { path: packages[path] ?? path, external: true } : undefined,
          );
        },
      },
    ],
  });
}

async function rebuild(build: BuildContext, where: Where): Promise<BundleResult> {
  const { folder, sink: name } = where;
  try {
    const { outputFiles = [], warnings } = await build.rebuild();
    const refused = warnings.filter(isBigint);
    if (refused.length > 0) return failed(refused, where);
    const textOf = (end: string): string => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
    const [code, map] = [textOf('.js'), textOf('.js.map')];
    const hash = createHash('sha256').update(code).update('\0').update(map).digest('hex');
    return { kind: 'bundle', bundle: { name, hash, code, map: nameSources(map, folder) } };
  } catch (thrown) {
    if (isFailure(thrown)) return failed(thrown.errors, where);
    throw thrown;
  }
}

const createResolver = (trail: ImportTrail): Plugin => ({
  name: 'sluice',
  setup(build) {
    build.onResolve({ filter: /^@sluice\/sdk(\/|$)/ }, ({ path }) =>
      path === '@sluice/sdk' ? { path: sdk } : { errors: [{ text: `there is no ${path}: import from '@sluice/sdk'` }] },
    );
    build.onResolve({ filter: /./ }, async ({ path, pluginData, resolveDir, kind, importer }) => {
      if (pluginData === asked) return undefined;
      trail.note(importer, path);
      if (!isBuiltin(path)) return undefined;
      if (!path.startsWith('node:')) {
        const found = await build.resolve(path, { pluginData: asked, resolveDir, kind, importer });
        if (found.errors.length === 0 && !found.external) return found;
      }
      return { errors: [{ text: builtinText(path), detail: { builtin: path } }] };
    });
  },
});
const asked = Symbol('asked');

/** A library may have such literals in code that never runs; a sink's own are refused. */
function isBigint({ id, text, location }: Message): boolean {
  const isOwn = location !== null && !location.file.includes('node_modules');
  return isOwn && (id === 'bigint' || text.startsWith('Big integer literals'));
}

type Where = { readonly folder: string; readonly sink: string; readonly trail: ImportTrail };

function failed(messages: readonly Message[], where: Where): BundleResult {
  const problems = messages.map((message) => foreignProblemOf(message, where) ?? problemOf(message, where));
  const seen = new Set<string>();
  const isNew = ({ file, line, text }: Problem): boolean => {
    const key = `${file}:${line}:${text}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  };
  return { kind: 'problems', problems: problems.filter(isNew) };
}

/** A package that uses what only Node has is told where the sink imports it: that is what its author can change. */
function foreignProblemOf({ detail, location }: Message, { folder, sink, trail }: Where): Problem | null {
  const builtin: unknown = typeof detail === 'object' && detail !== null && 'builtin' in detail ? detail.builtin : null;
  const place = location && builtin !== null ? trail.find(resolve(folder, location.file)) : null;
  if (!place) return null;
  const { file, line, column, length, lineText } = place;
  const text = `the package ${place.package} needs Node's ${String(builtin)}, and a sandbox has none: use another package, or ask for a capability in 'needs'`;
  return { sink, file: showPath(file), line, column, text, frame: drawFrame(lineText, line, column, length) };
}

const builtinText = (name: string): string =>
  `a sink cannot use Node's ${name}: it runs in a sandbox; ask for a capability in 'needs'`;

function problemOf({ text, location }: Message, { folder, sink }: Where): Problem {
  const said = explain(text);
  if (!location) return { sink, file: showPath(join(folder, 'sink.ts')), line: 1, column: 1, text: said, frame: null };
  const { file, line, column, length, lineText } = location;
  const frame = drawFrame(lineText, line, column + 1, length);
  return { sink, file: showPath(resolve(folder, file)), line, column: column + 1, text: said, frame };
}

/** esbuild's words where they do not say what a sink's author can do. */
function explain(text: string): string {
  if (text.startsWith('Big integer literals')) return 'a sink cannot use big integers: write a number or a string';
  if (text.startsWith('Top-level await'))
    return 'a sink cannot wait while it loads: do that in onLoad, or when the first event comes';
  const [, name = '.'] = /^Could not resolve "([^"]+)"$/.exec(text) ?? [];
  return name.startsWith('.') ? text : `there is no package ${name} here: npm install ${name}`;
}

/** Names the sources of a map as they are to be shown. */
function nameSources(map: string, folder: string): string {
  const parsed: unknown = JSON.parse(map);
  if (typeof parsed !== 'object' || parsed === null || !('sources' in parsed) || !Array.isArray(parsed.sources))
    return map;
  return JSON.stringify({
    ...parsed,
    sources: parsed.sources.map((source) => showPath(resolve(folder, String(source)))),
  });
}

function isFailure(thrown: unknown): thrown is BuildFailure {
  return thrown instanceof Error && 'errors' in thrown && Array.isArray(thrown.errors);
}
