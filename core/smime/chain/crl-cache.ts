import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../keys/file.ts';
import { Malformed } from '../asn1/malformed.ts';
import { readCrl, type Crl } from './crl.ts';
import { parsePem } from './pem.ts';

/** Fetches what is at a URL, at most `limit` octets. Rejects with words for the operator. */
export type Fetch = (url: string, limit: number, signal: AbortSignal) => Promise<Uint8Array>;

/** Octets of one list; those of large public authorities have some 20 MB. */
const longest = 64 * 2 ** 20;

/** The lists of some URLs: fetched, and on disk for the next start. */
export type CrlCache = {
  /** The newest of each URL that could be read. */
  lists(): readonly Crl[];
  /** What could not be fetched the last time, for the operator. */
  problems(): readonly string[];
  /** Fetches all of them, one after the other. What cannot be fetched or read leaves the one before in use. @returns whether any changed */
  refresh(signal: AbortSignal): Promise<boolean>;
};

/** Opens the folder, or makes it, and reads what is there. */
export async function openCrlCache(folder: string, urls: readonly string[], fetch: Fetch): Promise<CrlCache> {
  if (urls.length > 0) await mkdir(folder, { recursive: true, mode: 0o700 });
  const held = new Map<string, Crl>();
  const problems = new Map<string, string>();
  for (const url of urls) {
    const kept = await readFile(join(folder, fileOf(url))).catch(() => null);
    const crl = kept && attempt(kept);
    if (crl && !(crl instanceof Malformed)) held.set(url, crl);
  }

  async function refreshOne(url: string, signal: AbortSignal): Promise<boolean> {
    try {
      const octets = await fetch(url, longest, signal);
      const crl = attempt(octets);
      if (crl instanceof Malformed) throw crl;
      problems.delete(url);
      if (held.get(url)?.tbs.equals(crl.tbs)) return false;
      held.set(url, crl);
      await writeFileAtomically(folder, fileOf(url), Buffer.from(octets));
      return true;
    } catch (cause) {
      problems.set(url, problemOf(url, cause, held.get(url) ?? null));
      return false;
    }
  }

  return {
    lists: () => [...held.values()],
    problems: () => [...problems.values()],
    async refresh(signal) {
      let isChanged = false;
      for (const url of urls) isChanged = (await refreshOne(url, signal)) || isChanged;
      return isChanged;
    },
  };
}

const fileOf = (url: string): string => `${createHash('sha256').update(url).digest('hex').slice(0, 32)}.crl`;

function attempt(octets: Uint8Array): Crl | Malformed {
  try {
    const text = octets[0] === 0x30 ? null : Buffer.from(octets).toString('latin1');
    const block = text === null ? null : parsePem(text).find(({ label }) => label === 'X509 CRL');
    return readCrl(block?.octets ?? octets);
  } catch (error) {
    if (error instanceof Malformed) return error;
    throw error;
  }
}

function problemOf(url: string, cause: unknown, before: Crl | null): string {
  const why = cause instanceof Malformed ? `no revocation list: ${cause.message}` : String(cause);
  const used = before
    ? `the one of ${new Date(before.thisUpdate).toISOString().slice(0, 10)} is used`
    : 'there is none';
  return `${url}: ${why}; ${used}`;
}
