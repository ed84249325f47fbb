import type { Directory } from './capabilities/directory.ts';
import type { Dns } from './capabilities/dns.ts';
import type { Http } from './capabilities/http.ts';
import type { KeyValue } from './capabilities/kv.ts';
import type { MailAuth } from './capabilities/mailauth.ts';
import type { Scan } from './capabilities/scan.ts';
import type { Secrets } from './capabilities/secrets.ts';
import type { Smime } from './capabilities/smime.ts';
import type { Submit } from './capabilities/submit.ts';
import type { MessageReader } from './message.ts';

export type { Directory, Dns, Http, KeyValue, MailAuth, Scan, Secrets, Smime, Submit };

/** Writes to the log and the trace of the event at hand. Values are JSON; at most 64 KB a minute, the rest is counted. */
export type Log = {
  debug(text: string, values?: object): void;
  info(text: string, values?: object): void;
  warn(text: string, values?: object): void;
  error(text: string, values?: object): void;
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
  readonly dns: Dns;
  readonly http: Http;
  readonly scan: Scan;
  readonly submit: Submit;
  readonly directory: Directory;
  readonly secrets: Secrets;
  readonly smime: Smime;
  readonly mailauth: MailAuth;
};

export type CapabilityName = keyof Capabilities;

/**
 * The table of capabilities: their methods, as `capability.method` in host calls, and whether a grant in the
 * binding is needed. The host side checks every argument again.
 */
export const capabilities = {
  log: { methods: ['write'], granted: 'always' },
  clock: { methods: ['now'], granted: 'always' },
  kv: { methods: ['get', 'put', 'delete', 'increment', 'list'], granted: 'by the binding' },
  message: { methods: ['text', 'html', 'octets'], granted: 'by the binding' },
  dns: { methods: ['resolve'], granted: 'by the binding' },
  http: { methods: ['get', 'post', 'request'], granted: 'by the binding' },
  scan: { methods: ['message'], granted: 'by the binding' },
  submit: { methods: ['message'], granted: 'by the binding' },
  directory: { methods: ['lookup'], granted: 'by the binding' },
  secrets: { methods: ['read'], granted: 'by the binding' },
  smime: { methods: ['verify', 'decrypt', 'sign'], granted: 'by the binding' },
  mailauth: { methods: ['verify', 'sign', 'seal'], granted: 'by the binding' },
} as const satisfies Record<
  CapabilityName,
  { readonly methods: readonly string[]; readonly granted: 'always' | 'by the binding' }
>;

/** How the sandbox lets a sink ask the host: name and JSON arguments out, JSON value back. */
export type HostCall = (name: string, args: readonly unknown[]) => Promise<unknown>;
