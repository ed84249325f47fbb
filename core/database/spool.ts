import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Content, Spool } from './content.ts';
import { storageFault } from './storage-fault.ts';

/** Octets up to this size live in a row; above it, in a file. */
export const largestInline = 64 * 1024;

/** A file that is not finished: the sweep at the next start removes it. */
const partSuffix = '.part';

/**
 * Takes octets until they are too many for memory, then writes them to a file beside their final place.
 *
 * A name in a row must mean octets on the disk whatever happens to the power: the file is flushed, then renamed,
 * then the folder is flushed, and only then does anybody hear the name.
 */
export function createSpool(folder: string): Spool {
  const name = randomBytes(16).toString('hex');
  const path = join(folder, name);
  let small: Uint8Array[] = [];
  let size = 0;
  let file: FileHandle | null = null;
  let finished = false;

  async function write(chunk: Uint8Array): Promise<void> {
    size += chunk.length;
    if (!file && size <= largestInline) {
      small.push(new Uint8Array(chunk)); // a copy: the caller may use the buffer of its socket again
      return;
    }
    file ??= await open(path + partSuffix, 'wx', 0o600);
    const held = small;
    small = [];
    for (const octets of [...held, chunk]) await file.writeFile(octets);
  }

  async function finish(): Promise<Content> {
    finished = true;
    if (!file) return { kind: 'inline', octets: joined(small, size) };
    await file.sync();
    await file.close();
    file = null;
    await rename(path + partSuffix, path);
    await syncFolder(folder);
    return { kind: 'file', name, size };
  }

  /** A half-made file goes at once, also when flushing it failed. */
  async function abandon(): Promise<void> {
    small = [];
    await file?.close().catch(() => undefined);
    file = null;
    await Promise.all([rm(path + partSuffix, { force: true }), rm(path, { force: true })]);
  }

  return {
    write: (chunk) => write(chunk).catch(refuse),
    finish: () =>
      finish().catch(async (cause: unknown) => {
        await abandon();
        return refuse(cause);
      }),
    async [Symbol.asyncDispose]() {
      if (!finished) await abandon();
    },
  };
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  if (first && chunks.length === 1) return first;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Flushes the names in a folder. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function refuse(cause: unknown): never {
  throw storageFault(cause);
}
