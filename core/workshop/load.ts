import { basename, join, resolve } from 'node:path';
import type { Manifest } from '../../sdk/manifest.ts';
import { Fault } from '../errors.ts';
import { buildSink } from '../sandbox/bundle.ts';
import { readManifest } from '../sandbox/manifest.ts';
import { showPath, type Problem } from '../sandbox/problem.ts';
import type { Bundle, Sandbox } from '../sandbox/sandbox.ts';

/** One sink, built and described; or why it cannot be, each problem with file and line. */
export type Loaded =
  | { readonly kind: 'sink'; readonly bundle: Bundle; readonly manifest: Manifest }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** Loads one sink, without looking at its neighbours. @param folder holds `sink.ts`; its last part is the sink's name */
export async function loadSink(folder: string, sandbox: Pick<Sandbox, 'describe'>): Promise<Loaded> {
  const built = await buildSink(resolve(folder));
  if (built.kind === 'problems') return built;
  const name = basename(resolve(folder));
  const start = { sink: name, file: showPath(join(folder, 'sink.ts')), line: 1, column: 1, frame: null };
  try {
    const manifest = readManifest(await sandbox.describe(built.bundle), name);
    if ('name' in manifest) return { kind: 'sink', bundle: built.bundle, manifest };
    return { kind: 'problems', problems: manifest.map((text) => ({ ...start, text })) };
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== 'sandbox.load') throw thrown;
    return { kind: 'problems', problems: [{ ...start, ...placeOf(thrown), text: String(thrown.context['error']) }] };
  }
}

/** Where in the source a fault says it was: `file:line:column`; nothing when it does not say. */
function placeOf({ context }: Fault): Partial<Pick<Problem, 'file' | 'line' | 'column'>> {
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/.exec(String(context['at'] ?? '')) ?? [];
  return file === undefined ? {} : { file, line: Number(line), column: Number(column) };
}
