import { openBundler, type Bundler } from './bundle.ts';
import { discover } from './discover.ts';
import type { Problem } from './problem.ts';
import { describeRevision, type Describe, type SinkRevision } from './revision.ts';
import type { RevisionStore } from './revision-store.ts';

export type { SinkRevision } from './revision.ts';

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
  readonly describe: Describe;
  /** Where revisions outlive a restart; null: nowhere. */
  readonly store?: RevisionStore | null;
};

/** Revisions of a sink that are kept, the current one among them: a shadow can be one that was replaced. */
export const keptRevisions = 4;

type Entry = {
  readonly folder: string;
  readonly bundler: Bundler;
  readonly revisions: Map<string, SinkRevision>;
  /** Those of earlier processes. */
  readonly stored: readonly SinkRevision[];
  current: SinkRevision | null;
  problems: readonly Problem[];
};

/** Opens the folders and scans them. A folder that is not there counts as empty. */
export async function openSinkFolders({ folders, describe, store = null }: SinkFolderOptions): Promise<SinkFolders> {
  const entries = new Map<string, Entry>();
  let last: Promise<unknown> = Promise.resolve();
  let saving: Promise<unknown> = last;
  let twins: readonly Problem[] = [];

  const drop = async (name: string): Promise<void> => {
    await entries.get(name)?.bundler[Symbol.asyncDispose]();
    entries.delete(name);
  };
  const refresh = async (name: string, folder: string): Promise<boolean> => {
    if (entries.get(name)?.folder !== folder) await drop(name);
    const entry = entries.get(name) ?? (await openEntry(folder, (await store?.load(name)) ?? []));
    entries.set(name, entry);
    const isNew = await load(entry, describe);
    // Nothing waits for it but the end.
    if (isNew && entry.current && store) saving = Promise.all([saving, store.save(entry.current)]);
    return isNew;
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
    revision: (name, hash) => revisionsOf(entries.get(name)).findLast((one) => one.hash.startsWith(hash)) ?? null,
    problems: () => [...inOrder(entries).flatMap(([, { problems }]) => problems), ...twins],
    rescan,
    async [Symbol.asyncDispose]() {
      await last;
      await saving;
      await Promise.all(entries.keys().map(drop));
    },
  };
  await rescan();
  return opened;
}

/** Sinks build side by side and finish in any order: what is shown of them has one. */
const inOrder = (entries: ReadonlyMap<string, Entry>): readonly (readonly [string, Entry])[] =>
  [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1));

async function openEntry(folder: string, stored: readonly SinkRevision[]): Promise<Entry> {
  return { folder, bundler: await openBundler(folder), revisions: new Map(), stored, current: null, problems: [] };
}

/** From the oldest to the newest. */
const revisionsOf = (entry: Entry | undefined): readonly SinkRevision[] =>
  entry ? [...entry.stored, ...entry.revisions.values()] : [];

/** Builds and describes. @returns whether there is a new current revision */
async function load(entry: Entry, describe: Describe): Promise<boolean> {
  const built = await entry.bundler.build();
  if (built.kind === 'problems') {
    entry.problems = built.problems;
    return false;
  }
  const { bundle } = built;
  const known = entry.revisions.get(bundle.hash);
  const read = known ?? (await describeRevision(bundle, entry.folder, describe));
  entry.problems = 'problems' in read ? read.problems : [];
  if ('problems' in read || entry.current === read) return false;
  entry.revisions.delete(bundle.hash);
  entry.revisions.set(bundle.hash, read);
  for (const hash of [...entry.revisions.keys()].slice(0, -keptRevisions)) entry.revisions.delete(hash);
  entry.current = read;
  return true;
}
