import { setTimeout as wait } from 'node:timers/promises';
import { openCrlCache, type CrlCache, type Fetch } from './chain/crl-cache.ts';
import { fetchList } from './fetch-list.ts';
import type { SmimeOptions } from './options.ts';
import { createTrust, type Trust } from './trust.ts';
import { readTrust } from './trust-files.ts';

type TrustOptions = SmimeOptions['trust'];

/** Whom we trust as the configuration says, kept current. Disposing of it ends the fetching of lists. */
export type TrustStore = AsyncDisposable & {
  /** Never waits: what is not fetched yet is not there yet. */
  current(): Trust;
  /** What could not be read or fetched, for the operator. */
  problems(): readonly string[];
  /** Settles when the lists have been asked for once; tests wait for it. */
  readonly fetched: Promise<void>;
};

export type TrustParts = {
  /** Where fetched lists are kept. */
  readonly cache: string;
  /** Told what changes: nobody waits for a list. */
  note(text: string): void;
  readonly fetch?: Fetch;
};

/** Reads files now, and fetches lists off the path of mail: at once, and every `refresh` from then on; files are read again then. */
export async function openTrustStore(options: TrustOptions, parts: TrustParts): Promise<TrustStore> {
  const { crls } = options;
  const cache = crls && (await openCrlCache(parts.cache, crls.urls, parts.fetch ?? fetchList));
  let read = await readFiles(options);
  let trust = withLists(read.trust, cache);
  const ending = new AbortController();
  const first = Promise.withResolvers<void>();

  async function refresh({ every, lists }: { every: number; lists: CrlCache }): Promise<void> {
    for (; !ending.signal.aborted; read = await readFiles(options)) {
      if (await lists.refresh(ending.signal)) parts.note('revocation lists: newer ones are in use');
      trust = withLists(read.trust, lists);
      for (const problem of ending.signal.aborted ? [] : lists.problems()) parts.note(`revocation list ${problem}`);
      first.resolve();
      await wait(every, null, { signal: ending.signal, ref: false });
    }
  }
  const running = cache ? refresh({ every: crls.refresh, lists: cache }).catch(() => undefined) : first.resolve();

  return {
    current: () => trust,
    problems: () => [...read.problems.map(({ file, problem }) => `${file}: ${problem}`), ...(cache?.problems() ?? [])],
    fetched: first.promise,
    async [Symbol.asyncDispose]() {
      ending.abort();
      first.resolve();
      await running;
    },
  };
}

const readFiles = ({ certificates, system, crls }: TrustOptions) =>
  readTrust({
    anchors: certificates,
    crls: crls?.folder ? [crls.folder] : [],
    system,
    revocation: crls === null ? 'off' : crls.softFail ? 'soft' : 'hard',
  });

/** Lists of files, and those that were fetched. */
function withLists(trust: Trust, cache: CrlCache | null): Trust {
  const fetched = createTrust([], { crls: cache?.lists() ?? [] }).crls;
  if (fetched.size === 0) return trust;
  const all = new Map(trust.crls);
  for (const [issuer, lists] of fetched) all.set(issuer, [...(all.get(issuer) ?? []), ...lists]);
  return { ...trust, crls: all };
}
