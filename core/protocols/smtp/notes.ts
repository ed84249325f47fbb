import { asFault, type Fault } from '../../errors.ts';
import { replies, type ServerReply } from './replies.ts';
import type { Server } from './services.ts';

export type Note = { readonly event: string; readonly decision: string | null; readonly detail: string };

/** Writes one line for `sluice trace`. @param traceId of the message where there is one, else of the session */
export function note({ id, services }: Server, traceId: string, { event, decision, detail }: Note): void {
  services.record({
    traceId,
    at: services.now(),
    kind: 'session',
    event,
    virtualServer: id,
    binding: null,
    sink: null,
    revision: null,
    decision,
    detail,
    ms: null,
  });
}

/**
 * Turns an error nobody foresaw into what the client is told: a fault of ours is temporary (invariant 5), and nothing
 * of its cause is told (invariant 6).
 */
export function replyToError(server: Server, traceId: string, thrown: unknown): ServerReply {
  const fault = logFault(server, traceId, thrown);
  note(server, traceId, { event: 'fault', decision: null, detail: fault.code });
  return fault.code === 'database.full' ? replies.diskFull : replies.localError;
}

export function logFault({ id, services }: Server, traceId: string, thrown: unknown): Fault {
  const fault = asFault(thrown);
  services.log.error({ fault, ...fault.context, virtualServer: id, traceId }, 'smtp');
  return fault;
}
