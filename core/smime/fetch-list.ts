import type { Fetch } from './chain/crl-cache.ts';

/** What one list may take to come. */
const timeLimit = 60_000;

/** Fetches over HTTP. Only from the host that is named: nothing is followed elsewhere. @source RFC 5280 §4.2.1.13 */
export const fetchList: Fetch = async (url, limit, signal) => {
  const ends = AbortSignal.any([signal, AbortSignal.timeout(timeLimit)]);
  const response = await fetch(url, {
    redirect: 'error',
    signal: ends,
    headers: { accept: 'application/pkix-crl' },
  }).catch((cause: unknown) => {
    throw new Error(`cannot be fetched (${reasonIn(cause)})`, { cause });
  });
  if (!response.ok) throw new Error(`the answer is ${response.status}`);
  return await readBody(response, limit);
};

async function readBody(response: Response, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > limit) throw new Error(`more than ${limit} octets`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function reasonIn(cause: unknown): string {
  const inner = cause instanceof Error ? (cause.cause ?? cause) : cause;
  return inner instanceof Error ? ('code' in inner ? String(inner.code) : inner.message) : String(inner);
}
