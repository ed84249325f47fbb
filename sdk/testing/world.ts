import type { TestMessage } from './message.ts';

/** How a test answers a host call: `{ 'dns.resolve': (name, type) => ({ kind: 'none' }) }`. It goes over the wall as JSON. */
export type HostAnswers = Readonly<Record<string, (...args: readonly never[]) => unknown>>;

/** One line a sink wrote. */
export type LogLine = { readonly level: string; readonly text: string; readonly values: object };

/** What is around a sink in a test, and stays from one `fire` to the next: a clock that stands still, and memory. */
export type World = {
  /** Epoch milliseconds; 2026-11-23 12:00 UTC at first. */
  readonly now: number;
  /** Lets time pass: entries of kv expire. */
  advance(duration: number): void;
  /** What the sink keeps in `kv`, expired entries left out; change it with `put`. */
  readonly kv: ReadonlyMap<string, string>;
  put(key: string, value: string, ttl?: number): void;
  /** The messages it submitted, as it wrote them. */
  readonly submitted: readonly unknown[];
  /** Makes a host call. @throws Error with the text a sink would get */
  call(name: string, args: readonly unknown[], message: TestMessage | null): unknown;
};

type Entry = { readonly value: string; readonly expires: number };
type Call = (args: readonly unknown[], message: TestMessage | null) => unknown;

/**
 * Makes a world. It knows `kv`, `clock`, `message` and `submit` by itself; `dns`, `http`, `scan`, `directory` and
 * `secrets` are what the test says.
 *
 * @param answers stand before what the kit knows
 */
export function createWorld(answers: HostAnswers = {}): World {
  let now = Date.UTC(2026, 10, 23, 12);
  const entries = createEntries(() => now);
  const submitted: unknown[] = [];
  const known: Readonly<Record<string, Call>> = {
    ...entries.calls,
    ...ofMessage,
    'clock.now': () => now,
    'submit.message': ([message]) => ({ kind: 'queued', traceId: `submitted-${submitted.push(message)}` }),
  };
  return {
    get now() {
      return now;
    },
    get kv() {
      return entries.alive();
    },
    advance: (duration) => void (now += duration),
    put: entries.put,
    submitted,
    call(name, args, message) {
      const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
      if (answer) return Reflect.apply(answer, undefined, args);
      const own = Object.hasOwn(known, name) ? known[name] : undefined;
      if (own) return own(args, message);
      throw new Error(`the test does not answer ${name}: add it to 'host', { '${name}': () => … }`);
    },
  };
}

const ofMessage: Readonly<Record<string, Call>> = {
  'message.text': (_, message) => message?.text ?? null,
  'message.html': (_, message) => message?.html ?? null,
  'message.octets': ([from, to], message) => message?.octets.slice(Number(from), Number(to)) ?? '',
};

/** Key-value memory with expiry, and the host calls on it. */
function createEntries(now: () => number) {
  const entries = new Map<string, Entry>();
  const alive = (): ReadonlyMap<string, string> => {
    const kept = [...entries].filter(([, { expires }]) => expires > now());
    return new Map(kept.map(([key, { value }]) => [key, value]));
  };
  const put = (key: string, value: string, ttl?: unknown): void => {
    entries.set(key, { value, expires: typeof ttl === 'number' ? now() + ttl : Infinity });
  };
  const calls: Readonly<Record<string, Call>> = {
    'kv.get': ([key]) => alive().get(String(key)) ?? null,
    'kv.put': ([key, value, ttl]) => put(String(key), String(value), ttl),
    'kv.delete': ([key]) => void entries.delete(String(key)),
    'kv.increment'([name, by, ttl]) {
      const key = String(name);
      const before = alive().get(key);
      const value = Number(before ?? 0) + (typeof by === 'number' ? by : 1);
      if (!Number.isSafeInteger(value)) throw new Error(`kv.increment: the value of ${key} is no whole number`);
      // What is there keeps its end.
      const expires =
        before === undefined ? (typeof ttl === 'number' ? now() + ttl : Infinity) : entries.get(key)?.expires;
      entries.set(key, { value: String(value), expires: expires ?? Infinity });
      return value;
    },
    'kv.list'([prefix, limit, after]) {
      const keys = [...alive().keys()]
        .filter((key) => key.startsWith(typeof prefix === 'string' ? prefix : ''))
        .toSorted();
      const rest = typeof after === 'string' ? keys.filter((key) => key > after) : keys;
      return rest.slice(0, typeof limit === 'number' ? limit : 100);
    },
  };
  return { alive, put, calls };
}
