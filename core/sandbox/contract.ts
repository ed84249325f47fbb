import type { Engine } from '../engine.ts';
import type { LimitName, Limits } from '../limits.ts';
import type { HostFunction } from './replay.ts';

/** A sink as one file of JavaScript. `hash`: of code and map; `map`: a source map whose sources are named as shown. */
export type Bundle = { readonly name: string; readonly hash: string; readonly code: string; readonly map: string };

/** The limits that are kept inside the isolate as well. */
export type Own = Pick<Limits, 'hostCalls' | 'inFlight' | 'log' | 'outbox' | 'errorText'>;

/** A limit a sink met without a fault: what was over was refused, shortened or left out. */
export type LimitHit = {
  readonly limit: LimitName;
  /** Octets, milliseconds or a count: what is allowed. */
  readonly allowed: number;
  readonly count: number;
};

/** A revision of a binding: one isolate. */
export type TenantOptions = {
  readonly id: string;
  readonly bundle: Bundle;
  readonly settings: unknown;
  /** An isolate where nothing is said. */
  readonly engine?: Engine;
  readonly limits?: Partial<Limits>;
  /** Told of limits met where no single event is known. */
  readonly onLimit?: (hit: LimitHit) => void;
  /** It ended a host before: it runs in the penalty host from the start. */
  readonly isStruck?: boolean;
};

/** One event for one sink. */
export type SinkCall = {
  readonly tenant: string;
  readonly event: string;
  /** Plain JSON. */
  readonly payload: unknown;
  /** Milliseconds until the answer is there, host calls included. */
  readonly deadline: number;
  /** Milliseconds of CPU. */
  readonly cpu: number;
  /** The message for `message.octets`; sent to a host once, and only where a sink there reads octets. `id`: the same for the same octets. */
  readonly octets: { readonly id: string; readonly octets: Uint8Array } | null;
  /** Answers the other host calls. A RangeError's text and a fault's code are told to the sink, nothing else. */
  readonly host: HostFunction;
  /** Told of limits this event met without failing. */
  readonly onLimit?: (hit: LimitHit) => void;
};
