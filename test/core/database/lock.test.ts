import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../core/database/database.ts';
import { scratchFolder, silent } from './engines.ts';

const script = new URL('open-once.ts', import.meta.url).pathname;

/** @returns the child and the line it says first */
async function openElsewhere(folder: string) {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  const [line] = await once(lines, 'line');
  return { child, line: String(line) };
}

test('a second process is refused with data.locked and the pid of the first; kill -9 frees the folder', async () => {
  await using folder = await scratchFolder();
  const first = await openElsewhere(folder.path);
  expect(first.line).toBe('open');

  const second = await openElsewhere(folder.path);
  expect(JSON.parse(second.line)).toEqual({ code: 'data.locked', pid: first.child.pid });

  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  await using _ = await openDatabase({ folder: folder.path, operations: [], log: silent });
});

test('a second open in the same process is refused too, and closing frees the folder', async () => {
  await using folder = await scratchFolder();
  const first = await openDatabase({ folder: folder.path, operations: [], log: silent });
  await expect(openDatabase({ folder: folder.path, operations: [], log: silent })).rejects.toMatchObject({
    code: 'data.locked',
    context: { pid: process.pid },
  });
  await first[Symbol.asyncDispose]();
  await (await openDatabase({ folder: folder.path, operations: [], log: silent }))[Symbol.asyncDispose]();
});
