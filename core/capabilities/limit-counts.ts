import type { Log, TraceEntry } from '../telemetry/telemetry.ts';
import type { HostCallSubject } from './capability.ts';

/** How often a binding met one of its limits since the start. */
export type LimitCount = { readonly binding: string; readonly limit: string; readonly count: number };

/** Where every limit that is met is named: in the log (once a minute), in the trace, and counted for `status`. */
export type LimitCounts = {
  /** @param limit in words: `http requests under way, at most 16` */
  hit(subject: HostCallSubject, limit: string): void;
  list(): readonly LimitCount[];
};

/** Bindings and limits counted one by one; there are not more in a sane configuration. */
const mostCounted = 1_000;
const quiet = 60_000;

export function createLimitCounts(parts: {
  readonly log: Pick<Log, 'warn'>;
  readonly record: (entry: TraceEntry) => void;
  readonly now: () => number;
}): LimitCounts {
  const counts = new Map<string, { readonly binding: string; readonly limit: string; count: number; said: number }>();
  return {
    hit({ binding, event, traceId }, limit) {
      const { key, virtualServer, name, sink, revision } = binding;
      const id = `${key} ${limit}`;
      const counted = counts.get(id) ?? { binding: key, limit, count: 0, said: -Infinity };
      if (counts.has(id) || counts.size < mostCounted) counts.set(id, counted);
      counted.count += 1;
      const at = parts.now();
      if (at - counted.said >= quiet) {
        counted.said = at;
        parts.log.warn({ binding: key, event, traceId, limit, count: counted.count }, 'a sink met a limit');
      }
      const about = { traceId, at, kind: 'log', event, virtualServer, binding: name, sink } as const;
      parts.record({
        ...about,
        revision: revision.hash,
        decision: 'warn',
        detail: `limit reached: ${limit}`,
        ms: null,
      });
    },
    list: () => [...counts.values()].map(({ binding, limit, count }) => ({ binding, limit, count })),
  };
}
