import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { createSpool, largestInline } from './spool.ts';

/** Octets at rest, or on their way there: nobody refers to them until an operation takes them. */
export type Content =
  | { readonly kind: 'inline'; readonly octets: Uint8Array }
  | { readonly kind: 'file'; readonly name: string; readonly size: number };

/** Octets on their way in. Disposing of it before `finish` leaves nothing behind; after it, does nothing. */
export type Spool = AsyncDisposable & {
  /**
   * Takes the next octets; they are copied or written before the promise resolves.
   *
   * @throws Fault `database.full`, `database.unavailable`; the spool can then only be disposed of
   */
  write(chunk: Uint8Array): Promise<void>;
  /** Small: the octets in memory. Large: a file, flushed, with its name flushed too. Call it once. */
  finish(): Promise<Content>;
};

export type ContentStore = {
  /** Memory stays below 64 KB however much is written. */
  spool(): Spool;
  /** The whole of it, in memory. @throws Fault `database.corrupt` when the file is gone or of another size */
  read(content: Content): Promise<Uint8Array>;
  /** A value as content: small stays in memory, large goes to a file. */
  write(octets: Uint8Array): Promise<Content>;
  /** Removes a file no row names, after an operation that should have taken it failed; else does nothing. */
  discard(content: Content): Promise<void>;
};

export const sizeOf = (content: Content): number => (content.kind === 'inline' ? content.octets.length : content.size);

/**
 * @param folder exists, and belongs to this process alone
 * @param isNamed whether a row that was committed names the file
 */
export function createContentStore(folder: string, isNamed: (name: string) => Promise<boolean>): ContentStore {
  const spool = (): Spool => createSpool(folder);
  return {
    spool,
    async read(content) {
      if (content.kind === 'inline') return content.octets;
      const octets = await readFile(join(folder, content.name)).catch((cause: unknown) => {
        throw new Fault('database.corrupt', { file: content.name }, cause);
      });
      if (octets.length === content.size) return octets;
      throw new Fault('database.corrupt', { file: content.name, size: octets.length, expected: content.size });
    },
    async write(octets) {
      if (octets.length <= largestInline) return { kind: 'inline', octets };
      await using made = spool();
      await made.write(octets);
      return await made.finish();
    },
    async discard(content) {
      // Only whoever hands it over knows a name no row has: it cannot get a row behind our back. And the question
      // goes to the reader, because a full disk fails whatever shares a commit with a failing operation.
      if (content.kind === 'inline' || (await isNamed(content.name))) return;
      await rm(join(folder, content.name), { force: true });
    },
  };
}
