import { open, rm } from 'node:fs/promises';
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
  /**
   * The whole of it, in memory.
   *
   * @param head octets to go before it, where a copy of the whole would be made otherwise
   * @throws Fault `database.corrupt` when the file is gone or of another size
   */
  read(content: Content, head?: Uint8Array): Promise<Uint8Array>;
  /** A value as content: small stays in memory, large goes to a file. */
  write(octets: Uint8Array): Promise<Content>;
  /** Removes a file no row names, after an operation that should have taken it failed; else does nothing. */
  discard(content: Content): Promise<void>;
};

const none = new Uint8Array();
/** Octets read at a time: `readFile` would join its pieces in the end, which for 25 MB keeps everybody waiting. */
const step = 2 ** 20;

/** @returns the size of the file, which may be more than was read */
async function readInto(octets: Buffer, path: string): Promise<number> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  for (let at = 0; at < octets.length;) {
    const { bytesRead } = await file.read(octets, at, Math.min(step, octets.length - at), at);
    if (bytesRead === 0) return at;
    at += bytesRead;
  }
  return size;
}

export const sizeOf = (content: Content): number => (content.kind === 'inline' ? content.octets.length : content.size);

/**
 * @param folder exists, and belongs to this process alone
 * @param isNamed whether a row that was committed names the file
 */
export function createContentStore(folder: string, isNamed: (name: string) => Promise<boolean>): ContentStore {
  const spool = (): Spool => createSpool(folder);
  return {
    spool,
    async read(content, head = none) {
      if (content.kind === 'inline') return head.length === 0 ? content.octets : Buffer.concat([head, content.octets]);
      const { name, size: expected } = content;
      const octets = Buffer.allocUnsafeSlow(head.length + expected);
      octets.set(head);
      const size = await readInto(octets.subarray(head.length), join(folder, name)).catch((cause: unknown) => {
        throw new Fault('database.corrupt', { file: name }, cause);
      });
      if (size === expected) return octets;
      throw new Fault('database.corrupt', { file: name, size, expected });
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
