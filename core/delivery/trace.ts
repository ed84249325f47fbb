import type { EventName } from '../../sdk/catalogue.ts';
import type { Generation } from '../events/generation.ts';
import type { Subject } from '../events/dispatch.ts';
import type { QueuedMessage } from '../queue/queue.ts';
import type { DeliveryParts } from './parts.ts';

/** What events about a message in the queue are about; its octets come along only where a chain is asked. */
export function subjectOf({ directory }: DeliveryParts, message: QueuedMessage): Subject {
  const { traceId, virtualServer, session, source, size, tags } = message;
  return {
    traceId,
    virtualServer: { id: virtualServer, protocol: session?.protocol ?? 'smtp' },
    session: session && { ...session, tags },
    source,
    size,
    isLocal: (address) => directory.isLocalDomain(domainOf(address)),
  };
}

/** Whether anybody is to be asked about this event of a message's virtual server. */
export function isBoundTo(generation: Generation, { virtualServer }: QueuedMessage, event: EventName): boolean {
  return generation.bindings(virtualServer, event).length > 0;
}

/** What comes after the last `@`; `''` when there is none. */
export function domainOf(address: string): string {
  return address.includes('@') ? address.slice(address.lastIndexOf('@') + 1) : '';
}

/** A step of delivery, for `sluice trace`. `detail` becomes JSON. */
export type Step = { readonly event: string; readonly decision?: string; readonly detail?: object };

/** Notes a step a message took. Octets of a message are no detail. */
export function recordStep(parts: DeliveryParts, message: QueuedMessage, step: Step): void {
  parts.record({
    traceId: message.traceId,
    at: parts.now(),
    kind: 'delivery',
    event: step.event,
    virtualServer: message.virtualServer,
    binding: null,
    sink: null,
    revision: null,
    decision: step.decision ?? null,
    detail: step.detail ? JSON.stringify(step.detail) : '',
    ms: null,
  });
}
