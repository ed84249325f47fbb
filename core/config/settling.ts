import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

/** Turns the many events of a save into one change of content. */
export type Settling = {
  /** Notes the content as it is, without reporting it. */
  learn(path: string): Promise<void>;
  /** Something happened to the file: looks at it until it stays as it is. */
  touch(path: string): void;
  stop(): void;
};

type Look = { readonly mark: string; readonly since: number };

/** An empty or missing file is most likely being written: wait this many milliseconds before believing it. */
const grace = 100;
/** Larger files are told apart by size and time, not by content. */
const maxHashed = 16 * 2 ** 20;

/** Watches settle by looking, not by counting events: what counts is that two looks see the same. */
export function createSettling(parts: {
  readonly settle: number;
  readonly onChange: (paths: readonly string[]) => void;
}): Settling {
  const known = new Map<string, string>();
  const looks = new Map<string, Look>();
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  async function look(path: string): Promise<boolean> {
    const mark = await markOf(path);
    const now = performance.now();
    const before = looks.get(path);
    if (before?.mark !== mark) looks.set(path, { mark, since: now });
    const patience = isDoubtful(mark) ? Math.max(grace, parts.settle) : parts.settle;
    if (before?.mark !== mark || now - before.since < patience) return false;
    looks.delete(path);
    return await isNew(path, mark);
  }

  async function isNew(path: string, mark: string): Promise<boolean> {
    const content = await contentOf(path, mark);
    const isChanged = known.get(path) !== content;
    if (content === undefined) known.delete(path);
    else known.set(path, content);
    return isChanged;
  }

  async function round(): Promise<void> {
    const paths = [...looks.keys()];
    const changed = await Promise.all(paths.map(async (path) => ((await look(path)) ? [path] : [])));
    timer = null;
    if (stopped) return;
    if (looks.size > 0) schedule(parts.settle);
    if (changed.flat().length > 0) parts.onChange(changed.flat());
  }

  function schedule(delay: number): void {
    timer ??= setTimeout(() => void round(), delay);
  }

  return {
    async learn(path) {
      await isNew(path, await markOf(path));
    },
    touch(path) {
      looks.set(path, { mark: '', since: 0 });
      if (!stopped) schedule(0);
    },
    stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}

/** Tells two states of a file apart without reading it. */
async function markOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  if (!found?.isFile()) return 'missing';
  return found.size === 0n ? 'empty' : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

function isDoubtful(mark: string): boolean {
  return mark === 'missing' || mark === 'empty';
}

/** @returns undefined for a file that is not there */
async function contentOf(path: string, mark: string): Promise<string | undefined> {
  if (isDoubtful(mark)) return mark === 'empty' ? 'empty' : undefined;
  if (Number(mark.split(' ')[1]) > maxHashed) return mark;
  const octets = await readFile(path).catch(() => null); // gone since: the next event tells
  return octets ? createHash('sha256').update(octets).digest('base64') : undefined;
}
