import type { CapabilityName } from './capabilities.ts';

/**
 * What a sink is for, and so what its fault means where the binding does not say:
 * `decides` → the client or the queue is asked to come back (defer); `edits` → the message waits in the queue;
 * `observes` → things go on without it.
 */
export type Role = 'decides' | 'edits' | 'observes';

/** `every`: a duration such as `30s`, `5m`, `1h`; `cron`: five or six fields, the server's time zone unless `zone`. */
export type TimerSpec = { readonly every: string } | { readonly cron: string; readonly zone?: string };

/**
 * What a sink asks for beyond the usual: sizes such as `'128MB'`, durations such as `'300ms'`, counts. The administrator
 * sets how much that may be; a sink that asks for more is refused with the line to write.
 */
export type SinkLimits = {
  /** Memory of its isolate. */
  readonly memory?: string | undefined;
  /** CPU for one event. */
  readonly cpu?: string | undefined;
  /** Time for one event, host calls included; it only shortens what event and binding say. */
  readonly wall?: string | undefined;
  /** Host calls of one event, and those of them that may wait for an answer at the same time. */
  readonly hostCalls?: number | undefined;
  readonly inFlight?: number | undefined;
  /** Log in a minute. */
  readonly log?: string | undefined;
  /** What one event may send out: its answer and its host calls. */
  readonly outbox?: string | undefined;
  /** The text of an error. */
  readonly errorText?: string | undefined;
};

/** What a sink says of itself when it is loaded. Plain JSON. */
export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly role: Role;
  readonly needs: readonly CapabilityName[];
  /** Capabilities it also uses where the binding grants them. */
  readonly wants?: readonly CapabilityName[];
  /** Names of its handlers; whether there are such events the core checks when it loads the sink. */
  readonly events: readonly string[];
  readonly timers: Readonly<Record<string, TimerSpec>>;
  readonly limits?: SinkLimits;
  /** JSON Schema of the settings a binding may have, where the schema's library can tell (Standard JSON Schema). */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The semver of the SDK it was built with. */
  readonly sdk: string;
};
