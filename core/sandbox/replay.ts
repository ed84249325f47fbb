import { Fault } from '../errors.ts';
import { hostCallNames } from './capabilities/names.ts';
import { limits } from './capabilities/limits.ts';

/** How the core answers a host call: set by whoever made the call of the sink. */
export type HostFunction = (name: string, args: readonly unknown[]) => Promise<unknown>;
/** What came of a host call: the JSON text of its value, or why it failed, as the sink may know it. */
export type HostAnswer = { readonly ok: boolean; readonly text: string };

/**
 * The host calls of one event. An event that runs again, because its host was killed for somebody else's sake, makes
 * the same calls with the same ordinals: it gets the answers of the first time, and nothing has an effect twice.
 */
export type Memo = {
  answer(ordinal: number, name: string, args: readonly unknown[]): Promise<HostAnswer>;
};

export function createMemo(host: HostFunction): Memo {
  const made = new Map<number, { readonly key: string; readonly answer: Promise<HostAnswer> }>();
  return {
    answer(ordinal, name, args) {
      const key = `${name} ${JSON.stringify(args)}`;
      const earlier = made.get(ordinal);
      if (earlier?.key === key) return earlier.answer;
      const answer = run(host, name, args);
      made.set(ordinal, { key, answer });
      return answer;
    },
  };
}

async function run(host: HostFunction, name: string, args: readonly unknown[]): Promise<HostAnswer> {
  if (!hostCallNames.has(name))
    return { ok: false, text: JSON.stringify(`there is no host call ${name.slice(0, 80)}`) };
  try {
    const text = JSON.stringify((await host(name, args)) ?? null);
    if (text.length <= limits.hostAnswer) return { ok: true, text };
    return { ok: false, text: JSON.stringify(`${name}: the answer is larger than 4 MB`) };
  } catch (thrown) {
    return { ok: false, text: JSON.stringify(`${name}: ${reasonOf(thrown)}`) };
  }
}

/** What a sink may know of a failure: a fault by its name, a refused argument by its text, nothing internal. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof Fault) return thrown.message;
  return thrown instanceof RangeError ? thrown.message : 'failed';
}
