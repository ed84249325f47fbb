import type { HostFunction } from './replay.ts';

/** A sink as one file of JavaScript. `hash`: of code and map; `map`: a source map whose sources are named as shown. */
export type Bundle = { readonly name: string; readonly hash: string; readonly code: string; readonly map: string };

/** A revision of a binding: one isolate. `memory`: octets. */
export type TenantOptions = {
  readonly id: string;
  readonly bundle: Bundle;
  readonly settings: unknown;
  readonly memory: number;
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
};
