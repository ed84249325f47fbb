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

/** Reads a file, or every file of a folder. @returns a problem when there is nothing of that name */
export async function readPath<T>(path: string, kind: Kind<T>): Promise<FromFolder<T>> {
  const status = await stat(path).catch(() => null);
  return status?.isFile() ? await readFiles([path], kind) : await readFolder(path, kind);
}

/**
 * Reads every file of a folder, PEM with one or more blocks or plain DER. Names that start with a period are passed
 * over, and so are sub-folders. What cannot be read is listed, and the rest is used.
 */
export async function readFolder<T>(folder: string, kind: Kind<T>): Promise<FromFolder<T>> {
  try {
    const names = (await readdir(folder)).filter((one) => !one.startsWith('.')).sort();
    return await readFiles(
      names.slice(0, mostFiles).map((name) => join(folder, name)),
      kind,
    );
  } catch (cause) {
    return { items: [], problems: [{ file: folder, problem: String(cause) }] };
  }
}

async function readFiles<T>(files: readonly string[], kind: Kind<T>): Promise<FromFolder<T>> {
  const items: T[] = [];
  const problems: FileProblem[] = [];
  for (const file of files) {
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
