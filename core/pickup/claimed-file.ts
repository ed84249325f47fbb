import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** What a claimed file holds; `moving`: somebody still writes it; `too-large`, `not-a-file`: it is never read. */
export type FileContent =
  | { readonly kind: 'octets'; readonly octets: Uint8Array }
  | { readonly kind: 'moving' | 'too-large' | 'not-a-file' };

/** Reads a file as a whole, unless it changes meanwhile. A symbolic link is not followed. */
export async function readClaimed(path: string, most: number): Promise<FileContent> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const before = await versionOf(file);
  if (!before.isFile) return { kind: 'not-a-file' };
  if (before.size > most) return { kind: 'too-large' };
  const octets = Buffer.allocUnsafe(before.size);
  let at = 0;
  while (at < octets.length) {
    const { bytesRead } = await file.read(octets, at, octets.length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  const after = await versionOf(file);
  const isSame = at === octets.length && after.size === before.size && after.changed === before.changed;
  return isSame ? { kind: 'octets', octets } : { kind: 'moving' };
}

async function versionOf(file: FileHandle) {
  const { size, mtimeMs, isFile } = await file.stat().then((found) => ({
    size: found.size,
    mtimeMs: found.mtimeMs,
    isFile: found.isFile(),
  }));
  return { size, changed: mtimeMs, isFile };
}
