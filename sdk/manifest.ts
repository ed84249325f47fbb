import type { CapabilityName } from './capabilities.ts';

/**
 * What a sink is for, and so what its fault means where the binding does not say:
 * `decides` → the client or the queue is asked to come back (defer); `edits` → the message waits in the queue;
 * `observes` → things go on without it.
 */
export type Role = 'decides' | 'edits' | 'observes';

/** `every`: a duration such as `30s`, `5m`, `1h`; `cron`: five or six fields, the server's time zone unless `zone`. */
export type TimerSpec = { readonly every: string } | { readonly cron: string; readonly zone?: string };

/** What a sink says of itself when it is loaded. Plain JSON. */
export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly role: Role;
  readonly needs: readonly CapabilityName[];
  /** Names of its handlers; whether there are such events the core checks when it loads the sink. */
  readonly events: readonly string[];
  readonly timers: Readonly<Record<string, TimerSpec>>;
  /** The semver of the SDK it was built with. */
  readonly sdk: string;
};
