import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Malformed } from '../asn1/malformed.ts';

/** A file that could not be used, in words for the operator. */
export type FileProblem = { readonly file: string; readonly problem: string };

/** What was read from a folder. */
export type FromFolder<T> = { readonly items: readonly T[]; readonly problems: readonly FileProblem[] };

type Kind<T> = {
  /** Between `-----BEGIN ` and `-----`. */
  readonly labels: readonly string[];
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
      const blocks = await readBlocks(file, kind.labels);
      for (const block of blocks) items.push(kind.read(block));
    } catch (cause) {
      problems.push({ file, problem: cause instanceof Malformed ? cause.message : String(cause) });
    }
  }
  return { items, problems };
}

async function readBlocks(file: string, labels: readonly string[]): Promise<readonly Uint8Array[]> {
  const status = await stat(file);
  if (!status.isFile()) return [];
  if (status.size > longestFile) throw new Malformed('a file of too many octets');
  const octets = await readFile(file);
  if (octets[0] === 0x30) return [octets];
  const blocks = parsePem(octets.toString('latin1'), labels);
  if (blocks.length === 0) throw new Malformed(`neither DER nor PEM with ${labels[0] ?? 'anything'}`);
  return blocks;
}

/** The contents of the blocks with one of the labels, in order. @source RFC 7468 §2 */
export function parsePem(text: string, labels: readonly string[]): readonly Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = text.indexOf('-----BEGIN '); at >= 0; at = text.indexOf('-----BEGIN ', at + 1)) {
    const from = text.indexOf('-----', at + 11);
    const label = text.slice(at + 11, from);
    const to = text.indexOf(`-----END ${label}-----`, from);
    if (from < 0 || to < 0) break;
    if (labels.includes(label)) blocks.push(Buffer.from(text.slice(from + 5, to), 'base64'));
    at = to;
  }
  return blocks;
}
