import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const unfinished = /^\..*\.tmp$/;

/**
 * Writes a file that only we can read, so that after a crash at any moment there is the old one or the new one, whole:
 * a temporary file, flushed, renamed, and the folder flushed.
 */
export async function writeFileAtomically(folder: string, name: string, text: string | Uint8Array): Promise<void> {
  const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, join(folder, name));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
  await flushFolder(folder);
}

/** Removes a file for good. @returns false when there is none */
export async function removeFile(folder: string, name: string): Promise<boolean> {
  try {
    await unlink(join(folder, name));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw cause;
  }
  await flushFolder(folder);
  return true;
}

/** Removes what a crash left unfinished. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (unfinished.test(name)) await rm(join(folder, name), { force: true });
}

async function flushFolder(folder: string): Promise<void> {
  await using directory = await open(folder, 'r');
  await directory.sync();
}
