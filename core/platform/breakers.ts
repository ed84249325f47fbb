import { specOf } from '../../sdk/catalogue.ts';
import type { BreakerRow, BreakerStore } from '../database/breakers.ts';
import { asFault, Fault, isFaultCode, type FaultCode } from '../errors.ts';
import type { Binding } from '../events/binding.ts';
import { admit, beginProbe, freshBreaker, pardon, settleCall, type Breaker } from '../events/breaker.ts';
import type { CallSink } from '../events/dispatch.ts';
import type { Log } from '../telemetry/log.ts';
import type { TraceEntry } from '../telemetry/trace-entry.ts';

export type BreakerParts = {
  readonly callSink: CallSink;
  readonly store: Pick<BreakerStore, 'save'>;
  /** From `BreakerStore.list`. */
  readonly kept: readonly BreakerRow[];
  readonly log: Log;
  readonly record: (entry: TraceEntry) => void;
  readonly now: () => number;
};

/** A breaker for each revision of each binding, between the dispatcher and the sandbox. */
export type Breakers = {
  /** Refuses with a Fault `sandbox.breaker` what may not go out: the binding's `onFault` stands in, as for any fault. */
  readonly callSink: CallSink;
  of(binding: Binding): Breaker;
  /** An operator's word: it is asked again, and nothing is held against it. */
  pardon(binding: Binding): void;
};

const ids = new WeakMap<Binding, string>();

/** A new revision of the sink is another one to judge. */
function idOf(binding: Binding): string {
  const known = ids.get(binding);
  if (known !== undefined) return known;
  const id = `${binding.key}@${binding.revision.hash}`;
  ids.set(binding, id);
  return id;
}

export function createBreakers(parts: BreakerParts): Breakers {
  const { callSink, now } = parts;
  const states = new Map(parts.kept.map((row) => [`${row.binding}@${row.revision}`, breakerFrom(row)]));
  const of = (binding: Binding): Breaker => states.get(idOf(binding)) ?? freshBreaker;

  const change = (binding: Binding, next: Breaker, traceId: string | null): void => {
    const before = of(binding);
    if (next === before) return;
    states.set(idOf(binding), next);
    if (next.kind === 'trying' || (next.kind === before.kind && next.kills === before.kills)) return;
    save(parts, binding, next);
    tell(parts, { binding, before, breaker: next, traceId });
  };
  return {
    of,
    pardon: (binding) => change(binding, pardon(of(binding), now()), null),
    async callSink(call) {
      const { binding, event, traceId } = call;
      // Loading and unloading are not mail: a sink that is off must still be there to be turned on.
      if (specOf(event).from.includes('lifetime')) return await callSink(call);
      const how = admit(of(binding), now());
      if (how === 'refuse') throw refusal(binding, event, of(binding));
      if (how === 'probe') change(binding, beginProbe(of(binding), now()), traceId);
      const before = of(binding);
      const settle = (outcome: FaultCode | null): void =>
        change(binding, settleCall(of(binding), before, outcome, now()), traceId);
      try {
        const answer = await callSink(call);
        settle(null);
        return answer;
      } catch (thrown) {
        settle(asFault(thrown).code);
        throw thrown;
      }
    },
  };
}

function refusal({ key }: Binding, event: string, { kind, until, reason }: Breaker): Fault {
  const since = kind === 'open' ? { until: new Date(until).toISOString() } : {};
  return new Fault('sandbox.breaker', { sink: key, event, state: kind, ...since, reason: reason ?? '' });
}

/** A breaker that cannot be written down still breaks; only a restart would forget it. */
function save({ store, log }: BreakerParts, { key: binding, revision }: Binding, breaker: Breaker): void {
  const { kind, since, until, reason, trips, kills, killedAt } = breaker;
  if (kind === 'trying') return;
  const row = { binding, revision: revision.hash, kind, since, until, reason, trips, kills, killedAt };
  store.save(row).catch((cause: unknown) => log.error({ binding, fault: asFault(cause) }, 'a breaker is not kept'));
}

function breakerFrom({ kind, since, until, reason, trips, kills, killedAt }: BreakerRow): Breaker {
  const code = reason !== null && isFaultCode(reason) ? reason : null;
  return { ...freshBreaker, kind, since, until, reason: code, trips, kills, killedAt };
}

type Told = {
  readonly binding: Binding;
  readonly before: Breaker;
  readonly breaker: Breaker;
  /** Of the message or session it happened at; null when an operator did it. */
  readonly traceId: string | null;
};

function tell({ log, record, now }: BreakerParts, { binding, before, breaker, traceId }: Told): void {
  const { kind, until, reason, kills } = breaker;
  const about = { binding: binding.key, revision: binding.revision.hash.slice(0, 8), traceId, fault: reason, kills };
  if (kind === 'off') {
    log.error(
      { ...about, alarm: true },
      `a binding is off after it ended sandbox hosts: sluice sink on ${binding.key}`,
    );
  } else if (kills > before.kills) {
    log.warn(about, 'a binding ended a sandbox host: it runs apart from the others now');
  } else if (kind === 'open') {
    log.warn({ ...about, until: new Date(until).toISOString() }, 'a binding rests after it failed too often');
  } else log.info(about, 'a binding is asked again');
  if (traceId === null) return;
  record({
    traceId,
    at: now(),
    kind: 'event',
    event: 'breaker',
    virtualServer: binding.virtualServer,
    binding: binding.name,
    sink: binding.sink,
    revision: binding.revision.hash,
    decision: kind,
    detail: JSON.stringify({ reason, kills, ...(kind === 'open' && { until: new Date(until).toISOString() }) }),
    ms: null,
  });
}
