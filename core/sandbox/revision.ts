import { join } from 'node:path';
import type { Manifest } from '../../sdk/manifest.ts';
import { Fault } from '../errors.ts';
import type { Bundle } from './contract.ts';
import { readManifest } from './manifest.ts';
import { showPath, type Problem } from './problem.ts';

/** One version of a sink that builds and loads. */
export type SinkRevision = {
  readonly name: string;
  /** Of the content: the same source gives the same hash. */
  readonly hash: string;
  readonly manifest: Manifest;
  readonly bundle: Bundle;
};

/** Loads a bundle in a throw-away isolate: see `Sandbox`. */
export type Describe = (bundle: Bundle) => Promise<unknown>;

/** Asks a bundle what it says of itself. @returns a revision, or what is wrong with it and where */
export async function describeRevision(
  bundle: Bundle,
  folder: string,
  describe: Describe,
): Promise<SinkRevision | { readonly problems: readonly Problem[] }> {
  const { name, hash } = bundle;
  const start = { sink: name, file: showPath(join(folder, 'sink.ts')), line: 1, column: 1, frame: null };
  try {
    const manifest = readManifest(await describe(bundle), name);
    if ('name' in manifest) return { name, hash, manifest, bundle };
    return { problems: manifest.map((text) => ({ ...start, text })) };
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== 'sandbox.load') throw thrown;
    const { at, error } = thrown.context;
    return { problems: [{ ...start, ...placeOf(String(at ?? '')), text: String(error) }] };
  }
}

/** @param at `file:line:column` */
function placeOf(at: string): Partial<Pick<Problem, 'file' | 'line' | 'column'>> {
  const [column, line, ...file] = at.split(':').reverse();
  if (file.length === 0) return {};
  return { file: file.reverse().join(':'), line: Number(line), column: Number(column) };
}
