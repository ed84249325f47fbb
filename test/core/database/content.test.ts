import { statSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContentStore, type Content, type ContentStore } from '../../../core/database/content.ts';
import { openDatabase } from '../../../core/database/database.ts';
import { largestInline } from '../../../core/database/spool.ts';
import { operations, scratchFolder, silent } from './engines.ts';

const KB = 1024;
const MB = 1024 * KB;

/** A store on its own: no row names any file. */
const storeIn = (folder: string): ContentStore => createContentStore(folder, () => Promise.resolve(false));

async function spooled(store: ContentStore, chunks: Iterable<Uint8Array>): Promise<Content> {
  await using spool = store.spool();
  for (const chunk of chunks) await spool.write(chunk);
  return await spool.finish();
}

test('content up to 64 KB stays in memory, one octet more goes to a file, and both read back', async () => {
  await using folder = await scratchFolder();
  const store = storeIn(folder.path);
  const small = Buffer.alloc(largestInline, 'a');
  const large = Buffer.alloc(largestInline + 1, 'b');

  const inline = await spooled(store, [small.subarray(0, 10), small.subarray(10)]);
  expect(inline.kind).toBe('inline');
  expect(Buffer.from(await store.read(inline)).equals(small)).toBe(true);
  expect(readdirSync(folder.path)).toEqual([]);

  const file = await spooled(store, [large.subarray(0, 10), large.subarray(10)]);
  expect(file).toMatchObject({ kind: 'file', size: large.length });
  expect(Buffer.from(await store.read(file)).equals(large)).toBe(true);
  const [name = ''] = readdirSync(folder.path);
  expect((statSync(join(folder.path, name)).mode & 0o777).toString(8)).toBe('600');

  expect((await store.write(small)).kind).toBe('inline');
  const written = await store.write(large);
  expect(Buffer.from(await store.read(written)).equals(large)).toBe(true);
  await store.discard(written);
  await store.discard(file);
  expect(readdirSync(folder.path)).toEqual([]);
});

test('no octets at all are a content too', async () => {
  await using folder = await scratchFolder();
  const store = storeIn(folder.path);
  expect(await store.read(await spooled(store, []))).toEqual(new Uint8Array());
});

test('a chunk may be used again after write(): socket buffers are', async () => {
  await using folder = await scratchFolder();
  const store = storeIn(folder.path);
  const chunk = Buffer.from('first');
  await using spool = store.spool();
  await spool.write(chunk);
  chunk.write('secon');
  await spool.write(chunk);
  expect(Buffer.from(await store.read(await spool.finish())).toString()).toBe('firstsecon');
});

test('a spool that is disposed of before finish() leaves nothing behind', async () => {
  await using folder = await scratchFolder();
  const store = storeIn(folder.path);
  {
    await using spool = store.spool();
    await spool.write(Buffer.alloc(100 * KB));
    expect(readdirSync(folder.path)).toHaveLength(1);
  }
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a large content passes through without being held in memory', async () => {
  await using folder = await scratchFolder();
  const store = storeIn(folder.path);
  const chunk = Buffer.alloc(64 * KB, 'x');
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  await using spool = store.spool();
  for (let written = 0; written < 128 * MB; written += chunk.length) {
    await spool.write(chunk);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(await spool.finish()).toMatchObject({ kind: 'file', size: 128 * MB });
  expect(most).toBeLessThan(8 * MB);
});

test('a file that is gone or cut short is database.corrupt, never half a message', async () => {
  await using folder = await scratchFolder();
  const store = storeIn(folder.path);
  const content = await store.write(Buffer.alloc(100 * KB));
  truncateSync(join(folder.path, content.kind === 'file' ? content.name : ''), 1_000);
  await expect(store.read(content)).rejects.toMatchObject({ code: 'database.corrupt' });
  await store.discard(content);
  await expect(store.read(content)).rejects.toMatchObject({ code: 'database.corrupt' });
});

test('a write that fails is a Fault, and the spool can be disposed of', async () => {
  const store = storeIn('/nonexistent/folder');
  await using spool = store.spool();
  await expect(spool.write(Buffer.alloc(100 * KB))).rejects.toMatchObject({ code: 'database.unavailable' });
});

test('openDatabase() removes files no row refers to', async () => {
  await using folder = await scratchFolder();
  const contents = join(folder.path, 'content');
  await mkdir(contents, { recursive: true });
  writeFileSync(join(contents, 'orphan'), 'x');
  writeFileSync(join(contents, 'half.part'), 'x');
  await using _ = await openDatabase({ folder: folder.path, operations, log: silent });
  expect(readdirSync(contents)).toEqual([]);
});
