import { z } from 'zod';
import type { Log, TraceEntry } from '../telemetry/telemetry.ts';
import type { HostCallSubject } from './capability.ts';

export type LogParts = {
  readonly log: Log;
  readonly now: () => number;
  readonly record: (entry: TraceEntry) => void;
};

const line = z.tuple([
  z.enum(['debug', 'info', 'warn', 'error']),
  z.string().max(4096),
  z.record(z.string(), z.unknown()),
]);

/** `log`: to the log and to the trace of the event. How much is for the sandbox to say. */
export function logCapability({ log, now, record }: LogParts) {
  return {
    write({ binding, event, traceId }: HostCallSubject, args: readonly unknown[]): null {
      const [how, text, values] = line.parse(args);
      const { key, virtualServer, name, sink, revision } = binding;
      log[how]({ sink, binding: key, event, traceId, values }, text);
      const detail = Object.keys(values).length === 0 ? text : `${text} ${JSON.stringify(values)}`;
      const about = { traceId, at: now(), kind: 'log', event, virtualServer, binding: name, sink } as const;
      record({ ...about, revision: revision.hash, decision: how, detail, ms: null });
      return null;
    },
  };
}
