/** What a sink was asked once, and what it said: `sluice sink replay` asks it again. */
export type RecordedEvent = {
  readonly traceId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly event: string;
  /** The key of the binding: `mx/greylist/default`. */
  readonly binding: string;
  readonly sink: string;
  /** Hash of the revision that answered. */
  readonly revision: string;
  /** JSON: payload and context, as the sink got them. */
  readonly payload: string;
  /** JSON: its decision, or how it failed. */
  readonly answer: string;
  /** The octets of the message; null where there is none, or they are not recorded. */
  readonly octets: Uint8Array | null;
};

/** Which recorded events are wanted: those of one sink, at most the `last` ones, of one trace where it is named. */
export type RecordedFilter = { readonly sink: string; readonly traceId: string | null; readonly last: number };

/** How long (days) and how much (octets of the file) is kept; `bodies`: octets of messages too. */
export type RecordOptions = { readonly days: number; readonly size: number; readonly bodies: boolean };

/** How much was removed for good. */
export type Purged = { readonly traces: number; readonly recorded: number };
