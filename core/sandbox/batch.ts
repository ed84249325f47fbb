import { limits } from './capabilities/limits.ts';
import type { PendingCall } from './call.ts';

/** Text for an isolate, and the call it is about; null for what concerns a call nobody waits for any more. */
export type Entry = { readonly text: string; readonly call: PendingCall | null; readonly run: number };
/** What goes into one frame. `taken`: how many entries of the queue it used up, those out of date included. */
export type Batch = { readonly text: string; readonly touched: readonly PendingCall[]; readonly taken: number };

/** Takes the next batch from the front of a queue: one call that must travel alone, or as many others as fit. */
export function takeBatch(queue: readonly Entry[]): Batch {
  const texts: string[] = [];
  const touched = new Set<PendingCall>();
  let taken = 0;
  for (const { text, call, run } of queue) {
    if (texts.length === limits.frameEvents) break;
    const isDue = call === null || (!call.isSettled && call.runs === run);
    if (isDue && call?.isAlone && texts.length > 0) break;
    taken += 1;
    if (!isDue) continue;
    texts.push(text);
    if (call) touched.add(call);
    if (call?.isAlone) break;
  }
  return { text: texts.length === 0 ? '' : `[${texts.join(',')}]`, touched: [...touched], taken };
}
