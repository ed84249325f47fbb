import type { Counters } from '../telemetry/counters.ts';
import type { Log, TraceEntry } from '../telemetry/telemetry.ts';
import type { HostCallSubject } from './capability.ts';

/** Where every limit that is met is named: counted, in the trace, and in the log once a minute. */
export type Limits = {
  /** @param limit in words: `http requests under way` @param allowed what the limit is, as the configuration writes it */
  hit(subject: HostCallSubject, limit: string, allowed: string): void;
};

export type LimitParts = {
  /** Counts under `sandbox.limit`, where the limits of the sandbox are counted too. */
  readonly counters: Pick<Counters, 'add'>;
  readonly log: Pick<Log, 'warn'>;
  readonly record: (entry: TraceEntry) => void;
  readonly now: () => number;
};

/** Milliseconds between two lines about the same limit of the same binding. */
const quiet = 60_000;
/** Limits of bindings it remembers having spoken of. */
const most = 1_000;

export function createLimits({ counters, log, record, now }: LimitParts): Limits {
  const said = new Map<string, number>();
  return {
    hit({ binding, event, traceId }, limit, allowed) {
      const { key, virtualServer, name, sink, revision } = binding;
      const at = now();
      counters.add('sandbox.limit', { binding: key, limit, allowed });
      const about = { traceId, at, kind: 'event', event, virtualServer, binding: name, sink } as const;
      const detail = JSON.stringify({ limit, allowed });
      record({ ...about, revision: revision.hash, decision: 'limit', detail, ms: null });
      const id = `${key} ${limit}`;
      if (at - (said.get(id) ?? -Infinity) < quiet) return;
      if (said.size >= most) said.clear();
      said.set(id, at);
      log.warn({ binding: key, event, traceId, limit, allowed }, `a sink met its limit ${limit}`);
    },
  };
}
