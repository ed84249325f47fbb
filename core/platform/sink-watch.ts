import { relative, sep } from 'node:path';
import { watchFiles } from '../config/watch.ts';
import { asFault } from '../errors.ts';
import { formatProblem } from '../sandbox/problem.ts';
import type { SinkFolders } from '../sandbox/sink-folder.ts';
import type { Log } from '../telemetry/telemetry.ts';
import type { Reloaded } from './reload.ts';

export type SinkWatchParts = {
  readonly folders: readonly string[];
  readonly sinks: SinkFolders;
  /** Puts the newest revision in force. */
  readonly swap: (sink: string) => Promise<Reloaded>;
  readonly log: Log;
  /** Milliseconds, for lengths of time. */
  readonly clock: () => number;
};

/** Watches the sinks folders: a save is built, loaded and put in force, or refused with file and line. */
export async function watchSinks(parts: SinkWatchParts): Promise<AsyncDisposable> {
  const { folders, log } = parts;
  return await watchFiles(folders, { log }, (paths) => {
    for (const name of sinksOf(folders, paths)) {
      void refresh(parts, name).catch((thrown: unknown) => {
        log.error({ sink: name, fault: asFault(thrown) }, 'a sink could not be read again');
      });
    }
  });
}

async function refresh({ sinks, swap, log, clock }: SinkWatchParts, name: string): Promise<void> {
  const start = clock();
  const { changed, removed } = await sinks.rescan(name);
  for (const problem of sinks.problems().filter(({ sink }) => sink === name)) {
    log.warn({ sink: name }, `${formatProblem(problem)}\nthe version before, if there is one, runs on`);
  }
  if (removed.includes(name))
    log.warn({ sink: name }, 'its folder is gone; where it is bound, the last version runs on');
  if (!changed.includes(name)) return;
  const swapped = await swap(name);
  if (swapped.kind === 'problems') {
    log.warn({ sink: name }, `the new version is not used:\n${swapped.problems.join('\n')}`);
  } else if (swapped.changes.length > 0) {
    log.info({ sink: name, ms: Math.round(clock() - start) }, `live: ${swapped.changes.join(', ')}`);
  }
}

/** The sinks some files belong to: the folder under the sinks folder names it. */
function sinksOf(folders: readonly string[], paths: readonly string[]): ReadonlySet<string> {
  const names = paths.flatMap((path) =>
    folders.flatMap((folder) => {
      const inside = relative(folder, path);
      const [name = ''] = inside.split(sep);
      return inside === '' || name === '..' ? [] : [name];
    }),
  );
  return new Set(names);
}
