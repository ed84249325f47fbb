import { isLimitName, formatLimit, type LimitName } from '../limits.ts';
import { asFault } from '../errors.ts';
import type { Binding } from '../events/binding.ts';
import type { CallSink } from '../events/dispatch.ts';
import type { LimitHit } from '../sandbox/sandbox.ts';
import type { Counters } from '../telemetry/counters.ts';
import type { Log, TraceEntry } from '../telemetry/telemetry.ts';

export type LimitWatchParts = {
  readonly counters: Counters;
  readonly log: Log;
  readonly record: (entry: TraceEntry) => void;
  readonly now: () => number;
};

/** Where a limit was met; `event` and `traceId` are null where no single event did. */
export type LimitPlace = { readonly binding: Binding; readonly event: string | null; readonly traceId: string | null };

/** Says which limit of which binding was met: in the counters always, in log and trace where nothing else does. */
export type LimitWatch = {
  /** Something was refused, shortened or left out. */
  met(hit: LimitHit, place: LimitPlace): void;
  /** A shadow asked for something that reaches others, and was not let. */
  refused(call: string, place: LimitPlace): void;
  /** Counts the limits among the faults of these calls; log and trace have the faults themselves. */
  over(callSink: CallSink): CallSink;
  list(): readonly LimitCount[];
};

export type LimitCount = {
  readonly binding: string;
  readonly limit: string;
  /** As configuration and manifest write it. */
  readonly allowed: string;
  readonly count: number;
  readonly last: number;
};

const name = 'sandbox.limit';

export function createLimitWatch(parts: LimitWatchParts): LimitWatch {
  const { counters, log } = parts;
  const count = ({ key }: Binding, { limit, allowed, count: by }: LimitHit): void =>
    counters.add(name, { binding: key, limit, allowed: formatLimit(limit, allowed) }, by);
  return {
    met(hit, place) {
      const { binding, event, traceId } = place;
      count(binding, hit);
      const said = { limit: hit.limit, allowed: formatLimit(hit.limit, hit.allowed), count: hit.count };
      log.warn({ binding: binding.key, event, traceId, ...said }, `a sink met its limit ${hit.limit}`);
      if (traceId !== null) parts.record(entryOf(parts, { ...place, traceId }, said));
    },
    refused(call, place) {
      if (place.traceId === null) return;
      const said = { refused: call, because: 'a shadow changes nothing outside' };
      parts.record({ ...entryOf(parts, { ...place, traceId: place.traceId }, said), decision: 'shadow' });
    },
    over: (callSink) => async (call) => {
      try {
        return await callSink(call);
      } catch (thrown) {
        const { limit, allowed } = asFault(thrown).context;
        if (isLimit(limit) && typeof allowed === 'number') count(call.binding, { limit, allowed, count: 1 });
        throw thrown;
      }
    },
    list: () =>
      counters.list(name).map(({ labels, count: times, last }) => ({
        binding: String(labels['binding']),
        limit: String(labels['limit']),
        allowed: String(labels['allowed']),
        count: times,
        last,
      })),
  };
}

const isLimit = (value: unknown): value is LimitName => typeof value === 'string' && isLimitName(value);

function entryOf(
  { now }: LimitWatchParts,
  { binding, event, traceId }: LimitPlace & { traceId: string },
  said: object,
): TraceEntry {
  return {
    traceId,
    at: now(),
    kind: 'event',
    event: event ?? 'limit',
    virtualServer: binding.virtualServer,
    binding: binding.name,
    sink: binding.sink,
    revision: binding.revision.hash,
    decision: 'limit',
    detail: JSON.stringify(said),
    ms: null,
  };
}
