import { dirname, relative, resolve } from 'node:path';
import type { Call } from './strace.ts';

/** What one call did to one file or one folder, and when a flush that began later had made it last. */
type Change = {
  readonly entered: number;
  readonly returned: number;
  /** When the first flush that covers it had returned; Infinity: never. */
  durable: number;
};
type Write = Change & { readonly kind: 'write'; readonly offset: number; readonly octets: Buffer };
type Resize = Change & { readonly kind: 'resize'; readonly size: number };
type File = (Write | Resize)[];
/** A name that a folder gained (its file) or lost (null). A rename is one naming: no file system loses both names. */
type Naming = Change & { readonly path: string; readonly file: File | 'folder' | null; readonly was: string | null };

/** Which of the changes no flush had covered survive the power cut: each is asked about, by the 512 octets a write. */
export type Survives = () => boolean;
/** The strictest disk: what was not flushed is gone. */
export const nothingSurvives: Survives = () => false;

/** The data folder as a disk would hold it, made from a trace of everything that was done to it since it was empty. */
export type Disk = {
  /** Line numbers of the trace that changed something or flushed something: the instants worth cutting at. */
  readonly instants: readonly number[];
  /**
   * What is found after the power went at the instant before line `at`: octets by path relative to the folder.
   * A file counts when its name in the folder lasted, which takes a flush of the folder (fsync(2)); so does a folder.
   */
  cut(at: number, survives?: Survives): ReadonlyMap<string, Buffer>;
  /** Every write: which file, what, and when it was durable. */
  readonly writes: readonly (Write & { readonly path: string })[];
};

/** @throws Error on a call that changes the folder in a way this model does not know */
export function replayDisk(calls: readonly Call[], folder: string): Disk {
  const namings: Naming[] = [];
  const writes: (Write & { path: string })[] = [];
  const names = new Map<string, File | 'folder'>();
  const offsets = new Map<string, number>();
  const instants: number[] = [];
  const isInside = (path: string): boolean => path.startsWith(`${folder}/`) && !path.endsWith('-shm');
  const fileAt = (path: string): File | null => {
    const file = names.get(path);
    return file === undefined || file === 'folder' ? null : file;
  };

  const name = (path: string, file: Naming['file'], { entered, returned }: Call, was: string | null = null): void => {
    if (was !== null) names.delete(was);
    if (file === null) names.delete(path);
    else names.set(path, file);
    namings.push({ path, file, was, entered, returned, durable: Infinity });
  };
  const write = (call: Call, offset: number): void => {
    const octets = Buffer.concat(call.strings).subarray(0, call.result);
    const change = { kind: 'write' as const, offset, octets, durable: Infinity, path: call.on };
    const done = { ...change, entered: call.entered, returned: call.returned };
    fileAt(call.on)?.push(done);
    writes.push(done);
  };
  const resize = (file: File | null, size: number, { entered, returned }: Call): void => {
    file?.push({ kind: 'resize', size, entered, returned, durable: Infinity });
  };
  const flush = (path: string, { entered, returned }: Call): void => {
    const changes = fileAt(path) ?? namings.filter((naming) => dirname(naming.path) === path);
    for (const change of changes) if (change.returned < entered) change.durable = Math.min(change.durable, returned);
  };
  const effects: Readonly<Record<string, (call: Call, paths: readonly string[]) => void>> = {
    openat(call) {
      if (call.args.includes('O_CREAT') && !names.has(call.on)) name(call.on, [], call);
      if (call.args.includes('O_TRUNC')) resize(fileAt(call.on), 0, call);
      const end = call.args.includes('O_APPEND') ? sizeOf(fileAt(call.on) ?? []) : 0;
      offsets.set(`${call.result} ${call.on}`, end);
    },
    write(call) {
      const offset = offsets.get(descriptor(call)) ?? 0;
      write(call, offset);
      offsets.set(descriptor(call), offset + call.result);
    },
    pwrite64: (call) => write(call, Number(/(\d+)$/.exec(call.args)?.[1])),
    lseek: (call) => offsets.set(descriptor(call), call.result),
    ftruncate: (call) => resize(fileAt(call.on), Number(/(\d+)$/.exec(call.args)?.[1]), call),
    fsync: (call) => flush(call.on, call),
    mkdir: (call, [path = '']) => name(path, 'folder', call),
    unlink: (call, [path = '']) => name(path, null, call),
    rename(call, [from = '', to = '']) {
      const file = names.get(from);
      if (file === undefined) throw new Error(`${from} was renamed and never made`);
      name(to, file, call, from);
    },
  };
  const alike: Readonly<Record<string, string>> = {
    open: 'openat',
    writev: 'write',
    pwritev: 'pwrite64',
    fdatasync: 'fsync',
    mkdirat: 'mkdir',
    unlinkat: 'unlink',
    rmdir: 'unlink',
    renameat: 'rename',
    renameat2: 'rename',
  };

  for (const call of calls) {
    const paths = call.on === '' ? call.strings.map((path) => resolve(folder, path.toString())) : [call.on];
    if (!paths.some((path) => isInside(path) || (path === folder && call.name === 'fsync'))) continue;
    const effect = effects[alike[call.name] ?? call.name];
    if (!effect) throw new Error(`${call.name} changes ${paths.join(', ')}: the model does not know it`);
    effect(call, paths);
    if (!call.args.includes('O_RDONLY')) instants.push(call.returned);
  }
  return { instants, writes, cut: (at, survives = nothingSurvives) => cutAt(namings, folder, at, survives) };
}

const descriptor = (call: Call): string => `${/^\d+/.exec(call.args)?.[0] ?? call.result} ${call.on}`;

function cutAt(
  namings: readonly Naming[],
  folder: string,
  at: number,
  survives: Survives,
): ReadonlyMap<string, Buffer> {
  const found = new Map<string, File | 'folder'>([[folder, 'folder']]);
  for (const { path, file, was, entered, durable } of namings) {
    if (entered >= at || !(durable < at || survives())) continue;
    if (was !== null) found.delete(was);
    if (file === null) found.delete(path);
    else found.set(path, file);
  }
  return new Map(
    [...found].flatMap(([path, file]) =>
      file === 'folder' || !found.has(dirname(path)) ? [] : [[relative(folder, path), contentAt(file, at, survives)]],
    ),
  );
}

function contentAt(file: File, at: number, survives: Survives): Buffer {
  const content = Buffer.alloc(largestSizeOf(file));
  let size = 0;
  for (const change of file) {
    if (change.entered >= at) continue;
    const lasted = change.durable < at;
    if (change.kind === 'resize') {
      if (!lasted && !survives()) continue;
      size = change.size;
      content.fill(0, size);
      continue;
    }
    for (const { offset, octets } of lasted ? [change] : sectorsOf(change).filter(survives)) {
      size = Math.max(size, offset + octets.length);
      octets.copy(content, offset);
    }
  }
  return content.subarray(0, size);
}

/** A write that was under way is torn where the disk's sectors end. */
function sectorsOf({ offset, octets }: Write): readonly { readonly offset: number; readonly octets: Buffer }[] {
  const sectors = [];
  for (let from = 0; from < octets.length;) {
    const to = Math.min(octets.length, from + 512 - ((offset + from) % 512));
    sectors.push({ offset: offset + from, octets: octets.subarray(from, to) });
    from = to;
  }
  return sectors;
}

const extentOf = (change: Write | Resize): number =>
  change.kind === 'resize' ? change.size : change.offset + change.octets.length;

const largestSizeOf = (file: File): number => file.reduce((size, change) => Math.max(size, extentOf(change)), 0);

const sizeOf = (file: File): number =>
  file.reduce((size, change) => (change.kind === 'resize' ? change.size : Math.max(size, extentOf(change))), 0);
