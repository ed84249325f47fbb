import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Manifest } from '../../sdk/manifest.ts';
import { Fault } from '../errors.ts';
import { openBundler, type Bundler } from './bundle.ts';
import { readManifest } from './manifest.ts';
import { showPath, type Problem } from './problem.ts';
import type { Bundle } from './contract.ts';

/** One version of a sink that builds and loads. */
export type SinkRevision = {
  readonly name: string;
  /** Of the content: the same source gives the same hash. */
  readonly hash: string;
  readonly manifest: Manifest;
  readonly bundle: Bundle;
};

/** What a scan found different. */
export type SinkChanges = {
  /** Sinks with a new current revision, those seen for the first time included. */
  readonly changed: readonly string[];
  readonly removed: readonly string[];
};

/**
 * The sinks in some folders, each as `<folder>/<name>/sink.ts`. A version that does not build or load leaves the one
 * before it current, and is listed with file and line.
 */
export type SinkFolders = AsyncDisposable & {
  /** The newest good revision of each sink, by name and in that order. */
  current(): ReadonlyMap<string, SinkRevision>;
  /** @returns the newest revision still kept whose hash starts so; null when there is none */
  readonly revision: (name: string, hash: string) => SinkRevision | null;
  problems(): readonly Problem[];
  /** Looks again: at one sink, or at everything. Scans run one after another. */
  rescan(name?: string): Promise<SinkChanges>;
};

export type SinkFolderOptions = {
  readonly folders: readonly string[];
  /** Loads a bundle in a throw-away isolate: see `Sandbox`. */
  readonly describe: (bundle: Bundle) => Promise<unknown>;
};

/** Revisions of a sink that are kept, the current one among them: a shadow can be one that was replaced. */
const kept = 4;

type Entry = {
  readonly folder: string;
  readonly bundler: Bundler;
  readonly revisions: Map<string, SinkRevision>;
  current: SinkRevision | null;
  problems: readonly Problem[];
};

/** Opens the folders and scans them. A folder that is not there counts as empty. */
export async function openSinkFolders({ folders, describe }: SinkFolderOptions): Promise<SinkFolders> {
  const entries = new Map<string, Entry>();
  let last: Promise<unknown> = Promise.resolve();
  let twins: readonly Problem[] = [];

  const drop = async (name: string): Promise<void> => {
    await entries.get(name)?.bundler[Symbol.asyncDispose]();
    entries.delete(name);
  };
  const refresh = async (name: string, folder: string): Promise<boolean> => {
    if (entries.get(name)?.folder !== folder) await drop(name);
    const entry = entries.get(name) ?? (await openEntry(folder));
    entries.set(name, entry);
    return await load(entry, name, describe);
  };
  const scan = async (only: string | undefined): Promise<SinkChanges> => {
    const { found, twins: others } = await discover(folders);
    twins = others;
    const gone = [...entries.keys()].filter((name) => !found.has(name) && (only === undefined || only === name));
    const wanted = [...found].filter(([name]) => only === undefined || only === name);
    const removed = gone.filter((name) => entries.get(name)?.current);
    for (const name of gone) await drop(name);
    const fresh = await Promise.all(wanted.map(([name, folder]) => refresh(name, folder)));
    return { removed, changed: wanted.flatMap(([name], at) => (fresh[at] ? [name] : [])) };
  };
  const rescan = async (only?: string): Promise<SinkChanges> => {
    const next = last.then(() => scan(only));
    last = next.catch(() => undefined);
    return await next;
  };

  const opened: SinkFolders = {
    current: () => new Map(inOrder(entries).flatMap(([name, { current }]) => (current ? [[name, current]] : []))),
    revision: (name, hash) =>
      [...(entries.get(name)?.revisions.values() ?? [])].findLast((one) => one.hash.startsWith(hash)) ?? null,
    problems: () => [...inOrder(entries).flatMap(([, { problems }]) => problems), ...twins],
    rescan,
    async [Symbol.asyncDispose]() {
      await last;
      await Promise.all(entries.keys().map(drop));
    },
  };
  await rescan();
  return opened;
}

/** Sinks build side by side and finish in any order: what is shown of them has one. */
const inOrder = (entries: ReadonlyMap<string, Entry>): readonly (readonly [string, Entry])[] =>
  [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1));

async function openEntry(folder: string): Promise<Entry> {
  return { folder, bundler: await openBundler(folder), revisions: new Map(), current: null, problems: [] };
}

type Discovered = { readonly found: ReadonlyMap<string, string>; readonly twins: readonly Problem[] };

function twinOf(sink: string, folder: string, first: string): Problem {
  const file = relative('.', join(folder, 'sink.ts'));
  const text = `not used: ${relative('.', first)} has the same name and comes first; rename one of the two`;
  return { sink, file, line: 1, column: 1, text, frame: null };
}

/** @returns name → folder of everything that has a `sink.ts`; the first folder of a name wins */
async function discover(folders: readonly string[]): Promise<Discovered> {
  const found = new Map<string, string>();
  const twins: Problem[] = [];
  for (const parent of folders) {
    const names = await readdir(parent).catch(() => []);
    for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
      const folder = join(parent, name);
      const isSink = await stat(join(folder, 'sink.ts'))
        .then((file) => file.isFile())
        .catch(() => false);
      if (!isSink) continue;
      const first = found.get(name);
      if (first === undefined) found.set(name, folder);
      else if (first !== folder) twins.push(twinOf(name, folder, first));
    }
  }
  return { found, twins };
}

/** Builds and describes. @returns whether there is a new current revision */
async function load(entry: Entry, name: string, describe: SinkFolderOptions['describe']): Promise<boolean> {
  const built = await entry.bundler.build();
  if (built.kind === 'problems') {
    entry.problems = built.problems;
    return false;
  }
  const { bundle } = built;
  const known = entry.revisions.get(bundle.hash);
  const read = known ?? (await describeRevision(bundle, entry, describe));
  entry.problems = 'problems' in read ? read.problems : [];
  if ('problems' in read || entry.current === read) return false;
  entry.revisions.delete(bundle.hash);
  entry.revisions.set(bundle.hash, read);
  for (const hash of [...entry.revisions.keys()].slice(0, -kept)) entry.revisions.delete(hash);
  entry.current = read;
  return true;
}

async function describeRevision(
  bundle: Bundle,
  { folder }: Entry,
  describe: SinkFolderOptions['describe'],
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
