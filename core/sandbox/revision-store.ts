import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../telemetry/telemetry.ts';
import type { Bundle } from './contract.ts';
import { readManifest } from './manifest.ts';
import type { SinkRevision } from './revision.ts';

/** Revisions of sinks on disk, so that one that was replaced can be the shadow of another after a restart as well. */
export type RevisionStore = {
  /** Keeps a revision and, of its sink, a few before it. What cannot be written is said in the log: mail does not need it. */
  save(revision: SinkRevision): Promise<void>;
  /** @returns what is kept of a sink, the oldest first; without those this version of Sluice does not load */
  load(name: string): Promise<readonly SinkRevision[]>;
};

/** Octets of one bundle with its map; what is larger is not kept. */
const largest = 16 * 2 ** 20;
const nameOfFile = /^[0-9a-f]{64}\.json$/;

/**
 * Opens `<folder>/<sink>/<hash>.json`; folders are made when there is something to keep.
 *
 * @param kept revisions of each sink that stay
 */
export function openRevisionStore({
  folder,
  kept,
  log,
}: {
  readonly folder: string;
  readonly kept: number;
  readonly log: Log;
}): RevisionStore {
  return {
    async save({ name, hash, manifest, bundle }) {
      const text = JSON.stringify({ manifest, bundle });
      if (text.length > largest) return;
      const own = join(folder, name);
      try {
        await mkdir(own, { recursive: true, mode: 0o700 });
        // Renamed into place: a file is there whole or not at all.
        const draft = join(own, `${hash}.draft`);
        await writeFile(draft, text, { mode: 0o600 });
        await rename(draft, join(own, `${hash}.json`));
        for (const file of (await filesOf(own)).slice(0, -kept)) await rm(file, { force: true });
      } catch (cause) {
        log.warn({ sink: name, cause }, 'a revision is not kept: it cannot be a shadow after a restart');
      }
    },
    async load(name) {
      const files = await filesOf(join(folder, name));
      const read = await Promise.all(files.map((file) => readRevision(file, name)));
      return read.filter((revision) => revision !== null);
    },
  };
}

/** @returns the files of revisions, the oldest first; none when there is no such folder */
async function filesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(names.flatMap((name) => (nameOfFile.test(name) ? [timed(join(folder, name))] : [])));
  return files.toSorted((a, b) => a.at - b.at).map(({ file }) => file);
}

async function timed(file: string): Promise<{ readonly file: string; readonly at: number }> {
  const at = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return { file, at };
}

/** @returns null for what was not written by this, or for another version of the SDK */
async function readRevision(file: string, name: string): Promise<SinkRevision | null> {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof read !== 'object' || read === null || !('manifest' in read) || !('bundle' in read)) return null;
    const manifest = readManifest(read.manifest, name);
    const { bundle } = read;
    if (!('name' in manifest) || !isBundle(bundle) || !file.endsWith(`${bundle.hash}.json`)) return null;
    return { name, hash: bundle.hash, manifest, bundle };
  } catch {
    return null;
  }
}

function isBundle(value: unknown): value is Bundle {
  if (typeof value !== 'object' || value === null) return false;
  const texts: Readonly<Record<string, unknown>> = { ...value };
  return ['name', 'hash', 'code', 'map'].every((field) => typeof texts[field] === 'string');
}
