import type { MessageReader } from './message.ts';

/** Writes to the log and the trace of the event at hand. Values are JSON; at most 64 KB a minute, the rest is counted. */
export type Log = {
  debug(text: string, values?: object): void;
  info(text: string, values?: object): void;
  warn(text: string, values?: object): void;
  error(text: string, values?: object): void;
};

/** Durable strings by key, private to the binding. Keys: at most 512 characters; values: at most 64 KB. */
export type KeyValue = {
  /** @returns null when there is none or it has expired */
  get(key: string): Promise<string | null>;
  /** @param ttl milliseconds; kept for ever when left out */
  put(key: string, value: string, ttl?: number): Promise<void>;
  delete(key: string): Promise<void>;
};

export type Clock = {
  /** Epoch milliseconds. */
  now(): Promise<number>;
};

/** Every capability a sink can ask for in `needs`. `log` is there without asking. */
export type Capabilities = {
  readonly log: Log;
  readonly kv: KeyValue;
  readonly clock: Clock;
  /** Reads the text and the octets of the message an event carries; only during that event. */
  readonly message: MessageReader;
};

export type CapabilityName = keyof Capabilities;

/**
 * The table of capabilities: their methods, as `capability.method` in host calls, and whether a grant in the
 * binding is needed. The host side checks every argument again.
 */
export const capabilities = {
  log: { methods: ['write'], granted: 'always' },
  clock: { methods: ['now'], granted: 'always' },
  kv: { methods: ['get', 'put', 'delete'], granted: 'by the binding' },
  message: { methods: ['text', 'html', 'octets'], granted: 'by the binding' },
} as const satisfies Record<
  CapabilityName,
  { readonly methods: readonly string[]; readonly granted: 'always' | 'by the binding' }
>;

/** How the sandbox lets a sink ask the host: name and JSON arguments out, JSON value back. */
export type HostCall = (name: string, args: readonly unknown[]) => Promise<unknown>;
