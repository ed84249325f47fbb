import { watch } from 'chokidar';
import { basename, relative, resolve } from 'node:path';
import type { Log } from '../telemetry/telemetry.ts';
import { createSettling } from './settling.ts';

/** How files are watched. */
export type WatchOptions = {
  readonly log: Log;
  /** Absolute paths not to look at, beside `node_modules`, dot-files and back-ups, which never are. */
  readonly ignored?: (path: string) => boolean;
  /**
   * Milliseconds a file must stay as it is before it is believed: 2 where a half-written file does no harm (a sink
   * that does not build), more where it might read as a good one (a configuration without its last lines).
   */
  readonly settle?: number;
};

/**
 * Watches files, and folders with all that is in them. chokidar's one door.
 *
 * Only content counts: a file that was touched, or replaced by an equal one, is no change. A save by rename
 * is one change, and so is a save in several writes; nothing is reported while a file is empty or away for a moment.
 * Start watching before reading: a change between the two is then not missed.
 * LIMIT: on network file systems nothing may be reported; SIGHUP and `sluice reload` are there for that.
 *
 * @param paths need not exist yet
 * @param onChange is told absolute paths: added, changed or gone. Must not throw
 */
export async function watchFiles(
  paths: readonly string[],
  { log, ignored = () => false, settle = 2 }: WatchOptions,
  onChange: (paths: readonly string[]) => void,
): Promise<AsyncDisposable> {
  const roots = paths.map((path) => resolve(path));
  const settling = createSettling({ settle, onChange });
  const watcher = watch(roots, {
    ignored: (path) => ignored(path) || isNoise(path, roots),
  });
  watcher.on('error', (cause) => log.error({ cause }, 'cannot watch files; use `sluice reload` after a change'));

  const ready = Promise.withResolvers<void>();
  const baseline: Promise<void>[] = [];
  let isReady = false;
  watcher.on('ready', () => ready.resolve());
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir') return;
    if (isReady) settling.touch(resolve(path));
    else baseline.push(settling.learn(resolve(path)));
  });
  await ready.promise;
  isReady = true;
  await Promise.all(baseline);
  return {
    async [Symbol.asyncDispose]() {
      settling.stop();
      await watcher.close();
    },
  };
}

/** Below the watched folder only: a watched folder may itself stand in a dot-folder. */
function isNoise(path: string, roots: readonly string[]): boolean {
  if (roots.some((root) => relative(root, path) === '')) return false;
  const name = basename(path);
  return name === 'node_modules' || name.startsWith('.') || name.endsWith('~');
}
