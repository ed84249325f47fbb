import { isBoundTo, subjectOf } from './trace.ts';
import type { QueuedMessage } from '../queue/queue.ts';
import type { DeliveryParts } from './parts.ts';
import type { Action } from './report.ts';

type Drafted = { readonly octets: Uint8Array; readonly to: string; readonly id: string; readonly action: Action };

/** Asks onReport about a report that is written. @returns as it is to be sent; null when it is not */
export async function askReport(
  parts: DeliveryParts,
  message: QueuedMessage,
  { octets, to, id, action }: Drafted,
): Promise<{ readonly octets: Uint8Array; readonly recipients: readonly string[] } | null> {
  const generation = parts.generation();
  if (!isBoundTo(generation, message, 'onReport')) return { octets, recipients: [to] };
  generation.retain();
  try {
    const opened = await parts.openEditable(octets, id);
    const about = { ...subjectOf(parts, message), message: opened };
    const envelope = { reversePath: '', recipients: [to] };
    const { decision, payload } = await parts.dispatcher.ask(generation, 'onReport', about, { action, envelope });
    const { recipients } = payload.envelope;
    if (decision.kind === 'discard' || recipients.length === 0) return null;
    return { octets: await opened.write(), recipients };
  } finally {
    generation.release();
  }
}
