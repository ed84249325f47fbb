import { minute, second } from '../../../sdk/durations.ts';
import type { Dns, Looked } from './resolver.ts';

/** node:dns tells no time to live of MX records; shorter than almost all there are. */
const keptFor = minute;
/** What may be mended any moment. */
const keptWithout = 5 * second;
const most = 2_000;

type Kept = { readonly answer: Promise<Looked<unknown>>; until: number };

/** Remembers answers for a minute, what was not found for seconds; at most 2,000 of each kind, oldest forgotten first. */
export function cacheDns(dns: Dns, now: () => number): Dns {
  return { mx: remember((name) => dns.mx(name), now), addresses: remember((name) => dns.addresses(name), now) };
}

function remember<T>(ask: (name: string) => Promise<Looked<T>>, now: () => number) {
  const kept = new Map<string, Kept & { readonly answer: Promise<Looked<T>> }>();
  return async (name: string): Promise<Looked<T>> => {
    const known = kept.get(name);
    if (known && known.until > now()) return await known.answer;
    kept.delete(name);
    const entry = { answer: ask(name), until: now() + keptFor };
    kept.set(name, entry);
    const [oldest] = kept.keys();
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    const answer = await entry.answer;
    if (answer.kind !== 'found') entry.until = now() + keptWithout;
    return answer;
  };
}
