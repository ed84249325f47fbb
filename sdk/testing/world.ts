import type { TestMessage } from './message.ts';

/** How a test answers a host call: `{ 'dns.resolve': (name) => ['192.0.2.1'] }`. What it returns goes over the wall as JSON. */
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
  /** Makes a host call. @throws Error with the text a sink would get */
  call(name: string, args: readonly unknown[], message: TestMessage | null): unknown;
};

type Entry = { readonly value: string; readonly expires: number };

/** Makes a world. @param answers stand before what the kit knows itself: `kv`, `clock` and `message` */
export function createWorld(answers: HostAnswers = {}): World {
  let now = Date.UTC(2026, 10, 23, 12);
  const entries = new Map<string, Entry>();
  const put = (key: string, value: string, ttl?: number): void => {
    entries.set(key, { value, expires: ttl === undefined ? Infinity : now + ttl });
  };
  const read = (): ReadonlyMap<string, string> => {
    const alive = [...entries].filter(([, { expires }]) => expires > now);
    return new Map(alive.map(([key, { value }]) => [key, value]));
  };
  const known: Readonly<Record<string, (args: readonly unknown[], message: TestMessage | null) => unknown>> = {
    'clock.now': () => now,
    'kv.get': ([key]) => read().get(String(key)) ?? null,
    'kv.put': ([key, value, ttl]) => put(String(key), String(value), typeof ttl === 'number' ? ttl : undefined),
    'kv.delete': ([key]) => void entries.delete(String(key)),
    'message.text': (_, message) => message?.text ?? null,
    'message.html': (_, message) => message?.html ?? null,
    'message.octets': ([from, to], message) => message?.octets.slice(Number(from), Number(to)) ?? '',
  };
  return {
    get now() {
      return now;
    },
    get kv() {
      return read();
    },
    advance: (duration) => void (now += duration),
    put,
    call(name, args, message) {
      const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
      if (answer) return Reflect.apply(answer, undefined, args);
      const own = Object.hasOwn(known, name) ? known[name] : undefined;
      if (own) return own(args, message);
      throw new Error(`the test does not answer ${name}: add it to 'host', { '${name}': () => … }`);
    },
  };
}
