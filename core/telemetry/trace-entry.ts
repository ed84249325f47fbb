/** One thing that happened to a message or a session; `sluice trace <id>` shows them in order. */
export type TraceEntry = {
  readonly traceId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly kind: 'session' | 'event' | 'queue' | 'delivery' | 'log';
  readonly event: string;
  readonly virtualServer: string;
  readonly binding: string | null;
  readonly sink: string | null;
  /** Hash of the sink's revision. */
  readonly revision: string | null;
  readonly decision: string | null;
  /** One line, JSON allowed: edits, why something was skipped, the reply, the fault. Never content. */
  readonly detail: string;
  /** How long it took; null for what has no length. */
  readonly ms: number | null;
};
