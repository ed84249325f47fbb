import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Fault } from '../../../core/errors.ts';
import { createPickup, type PickupParts } from '../../../core/pickup/pickup.ts';
import type { Submission } from '../../../core/queue/message.ts';
import { silent } from '../database/engines.ts';

const hello = 'x-sender: <ann@a.test>\r\nx-receiver: <bob@b.test>\r\nSubject: hello\r\n\r\nHello.\r\n';

/** A pickup folder, and a queue that says what it is told to. */
async function openFolder({ refuses = 0, settle = 20 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-pickup-'));
  const taken: Submission[] = [];
  let [refused, ids] = [0, 0];
  const parts: PickupParts = {
    async accept(submission) {
      if ((refused += 1) <= refuses) throw new Fault('database.full');
      taken.push(submission);
    },
    write: async (octets) => ({ kind: 'inline', octets }),
    hostname: () => 'mx.test',
    log: silent,
    now: () => performance.now(),
    randomId: () => `id${(ids += 1)}`,
  };
  const open = () => createPickup(parts, { settle, every: 30 });
  let pickup = open();
  const wanted = [{ virtualServer: 'mx', folder, largest: 10_000 }];
  await pickup.apply(wanted);
  return {
    folder,
    taken,
    put: async (name: string, text: string) => {
      await writeFile(join(folder, `.${name}`), text);
      await rename(join(folder, `.${name}`), join(folder, name));
    },
    left: async () => [...(await readdir(folder)), ...(await readdir(join(folder, '.claimed')))].toSorted(),
    badmail: async () => (await readdir(join(folder, 'badmail'))).toSorted(),
    async stop() {
      await pickup[Symbol.asyncDispose]();
    },
    async start() {
      pickup = open();
      await pickup.apply(wanted);
    },
    async [Symbol.asyncDispose]() {
      await pickup[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

const empty = ['.claimed', 'badmail'];

test('a file is sent and gone', async () => {
  await using pickup = await openFolder();
  await pickup.put('a.eml', hello);
  await expect.poll(() => pickup.taken).toHaveLength(1);
  expect(pickup.taken[0]).toMatchObject({
    virtualServer: 'mx',
    source: 'pickup',
    reversePath: 'ann@a.test',
    recipients: ['bob@b.test'],
  });
  await expect.poll(pickup.left).toEqual(empty);
});

test('files that were there before it started, and 300 at once, are sent once each', async () => {
  await using pickup = await openFolder();
  await pickup.stop();
  for (let at = 0; at < 300; at += 1) await pickup.put(`${at}.eml`, hello);
  await pickup.start();
  await expect.poll(pickup.left, { timeout: 20_000 }).toEqual(empty);
  expect(pickup.taken).toHaveLength(300);
});

test('a file that is still written is not read', async () => {
  await using pickup = await openFolder({ settle: 400 });
  const path = join(pickup.folder, 'slow.eml');
  await writeFile(path, hello.slice(0, 30));
  for (const letter of hello.slice(30)) await appendFile(path, letter);
  await expect.poll(() => pickup.taken, { timeout: 10_000 }).toHaveLength(1);
  const [{ content }] = pickup.taken as [Submission];
  expect(content.kind === 'inline' && Buffer.from(content.octets).toString()).toContain('\r\n\r\nHello.\r\n');
});

test('names of half-written files, links and folders are left alone', async () => {
  await using pickup = await openFolder();
  await writeFile(join(pickup.folder, 'a.tmp'), hello);
  await writeFile(join(pickup.folder, 'b.eml~'), hello);
  await mkdir(join(pickup.folder, 'c.eml'));
  await symlink('/etc/passwd', join(pickup.folder, 'd.eml'));
  await pickup.put('z.eml', hello);
  await expect.poll(() => pickup.taken).toHaveLength(1);
  await expect.poll(pickup.left).toEqual([...empty, 'a.tmp', 'b.eml~', 'c.eml', 'd.eml'].toSorted());
});

test('what is no mail goes to badmail with the reason, and so does what is too large', async () => {
  await using pickup = await openFolder();
  await pickup.put('bad.eml', 'hello\r\n');
  await pickup.put('large.eml', hello + 'x'.repeat(20_000));
  await expect.poll(async () => (await pickup.badmail()).length).toBe(4);
  const files = await pickup.badmail();
  const reasons = files.filter((name) => name.endsWith('.reason.json'));
  const texts = await Promise.all(reasons.map((name) => readFile(join(pickup.folder, 'badmail', name), 'utf8')));
  expect(texts.join()).toContain('no \\"Name: value\\"');
  expect(texts.join()).toContain('limits.size');
  expect(files.some((name) => name.endsWith('bad.eml'))).toBe(true);
  expect(pickup.taken).toEqual([]);
});

test('while the disk is full a file stays, and is sent when there is room', async () => {
  await using pickup = await openFolder({ refuses: 3 });
  await pickup.put('a.eml', hello);
  await expect.poll(() => pickup.taken, { timeout: 10_000 }).toHaveLength(1);
  await expect.poll(pickup.left).toEqual(empty);
});

test('a file that was claimed by a process that died is sent', async () => {
  await using pickup = await openFolder();
  await pickup.stop();
  await writeFile(join(pickup.folder, '.claimed', 'old-a.eml'), hello);
  await pickup.start();
  await expect.poll(() => pickup.taken).toHaveLength(1);
  await expect.poll(pickup.left).toEqual(empty);
});
