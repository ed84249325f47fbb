import { Fault } from '../errors.ts';
import { hostCallNames } from './capabilities/names.ts';
import { limits } from './capabilities/limits.ts';

/** How the core answers a host call: set by whoever made the call of the sink. */
export type HostFunction = (name: string, args: readonly unknown[]) => Promise<unknown>;
/** What came of a host call: the JSON text of its value, or why it failed, as the sink may know it. */
export type HostAnswer = { readonly ok: boolean; readonly text: string };
type Made = {
  readonly ordinal: number;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly answer: Promise<HostAnswer>;
};

/**
 * The host calls of one event. An event that runs again, because its host was killed for somebody else's sake, makes
 * the same calls with the same ordinals: it gets the answers of the first time, and nothing has an effect twice.
 */
export class Memo {
  readonly #host: HostFunction;
  /** In the order they were made: nobody looks for one in the first run, which nearly always is the only one. */
  readonly #made: Made[] = [];
  #byOrdinal: Map<number, Made> | null = null;

  constructor(host: HostFunction) {
    this.#host = host;
  }

  /** @param isAgain in a run after the first: the same call has the answer it had */
  answer(ordinal: number, name: string, args: readonly unknown[], isAgain: boolean): Promise<HostAnswer> {
    const earlier = isAgain ? this.#find(ordinal) : undefined;
    if (earlier?.name === name && JSON.stringify(earlier.args) === JSON.stringify(args)) return earlier.answer;
    const answer = ask(this.#host, name, args);
    const made = { ordinal, name, args, answer };
    this.#made.push(made);
    this.#byOrdinal?.set(ordinal, made);
    return answer;
  }

  #find(ordinal: number): Made | undefined {
    this.#byOrdinal ??= new Map(this.#made.map((made) => [made.ordinal, made]));
    return this.#byOrdinal.get(ordinal);
  }
}

/** No async function: each of its steps would cost the serving loop a promise, for every host call there is. */
function ask(host: HostFunction, name: string, args: readonly unknown[]): Promise<HostAnswer> {
  if (!hostCallNames.has(name)) return Promise.resolve(refusal(`there is no host call ${name.slice(0, 80)}`));
  const failed = (thrown: unknown): HostAnswer => refusal(`${name}: ${reasonOf(thrown)}`);
  try {
    return host(name, args).then((value) => answerOf(name, value), failed);
  } catch (thrown) {
    return Promise.resolve(failed(thrown));
  }
}

function answerOf(name: string, value: unknown): HostAnswer {
  try {
    const text = JSON.stringify(value ?? null);
    return text.length <= limits.hostAnswer ? { ok: true, text } : refusal(`${name}: the answer is larger than 4 MB`);
  } catch {
    return refusal(`${name}: failed`);
  }
}

const refusal = (reason: string): HostAnswer => ({ ok: false, text: JSON.stringify(reason) });

/** What a sink may know of a failure: a fault by its name, a refused argument by its text, nothing internal. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof Fault) return thrown.message;
  return thrown instanceof RangeError ? thrown.message : 'failed';
}
