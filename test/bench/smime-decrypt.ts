import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decryptStream } from '../../core/smime/decrypt.ts';
import { fileSource } from '../../core/smime/file-source.ts';
import { person } from '../core/smime/people.ts';

const self = fileURLToPath(import.meta.url);

/** What it took: megabytes of contents a second, and megabytes of memory at the most. */
export type Decrypted = { readonly rate: number; readonly memory: number };

/** Decrypts a file for `rsa` of the test CA, in a process of its own. */
export async function decryptInProcess(file: string): Promise<Decrypted> {
  const { stdout } = await promisify(execFile)(process.execPath, [self, file]);
  return JSON.parse(stdout);
}

const [, script, file] = process.argv;
if (script === self && file !== undefined) process.stdout.write(JSON.stringify(await measure(file)));

async function measure(path: string): Promise<Decrypted> {
  let length = 0;
  let memory = 0; // not maxRSS: Linux counts what the parent had when it forked
  const start = performance.now();
  const result = await decryptStream(fileSource(path), [person('rsa')], (octets) => {
    length += octets.length;
    memory = Math.max(memory, process.memoryUsage.rss());
  });
  if (result.kind !== 'decrypted') throw new Error('not decrypted');
  const rate = length / 1000 / (performance.now() - start);
  return { rate, memory: memory / 2 ** 20 };
}
