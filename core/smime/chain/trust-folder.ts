import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Malformed } from '../asn1/malformed.ts';
import { parsePem } from './pem.ts';

/** A file that could not be used, in words for the operator. */
export type FileProblem = { readonly file: string; readonly problem: string };

/** What was read from a folder. */
export type FromFolder<T> = { readonly items: readonly T[]; readonly problems: readonly FileProblem[] };

type Kind<T> = {
  /** Between `-----BEGIN ` and `-----`. */
  readonly label: string;
  /** @throws Malformed */
  readonly read: (octets: Uint8Array) => T;
};

const mostFiles = 10_000;
const longestFile = 64 * 2 ** 20;

/**
 * Reads every file of a folder, PEM with one or more blocks or plain DER. Names that start with a period are passed
 * over, and so are sub-folders. What cannot be read is listed, and the rest is used.
 */
export async function readFolder<T>(folder: string, kind: Kind<T>): Promise<FromFolder<T>> {
  const items: T[] = [];
  const problems: FileProblem[] = [];
  const names = await readdir(folder).catch(
    (cause: unknown) => void problems.push({ file: folder, problem: String(cause) }),
  );
  for (const name of (names ?? [])
    .filter((one) => !one.startsWith('.'))
    .sort()
    .slice(0, mostFiles)) {
    const file = join(folder, name);
    try {
      const blocks = await readBlocks(file, kind.label);
      for (const block of blocks) items.push(kind.read(block));
    } catch (cause) {
      problems.push({ file, problem: cause instanceof Malformed ? cause.message : String(cause) });
    }
  }
  return { items, problems };
}

async function readBlocks(file: string, wanted: string): Promise<readonly Uint8Array[]> {
  const status = await stat(file);
  if (!status.isFile()) return [];
  if (status.size > longestFile) throw new Malformed('a file of too many octets');
  const octets = await readFile(file);
  if (octets[0] === 0x30) return [octets];
  const blocks = parsePem(octets.toString('latin1')).filter(({ label }) => label === wanted);
  if (blocks.length === 0) throw new Malformed(`neither DER nor PEM with ${wanted}`);
  return blocks.map((block) => block.octets);
}
