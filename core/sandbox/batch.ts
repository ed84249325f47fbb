import { limits } from './capabilities/limits.ts';
import type { PendingCall } from './call.ts';

/** Text for an isolate, and the call it is about; null for what concerns a call nobody waits for any more. */
type Entry = { readonly text: string; readonly call: PendingCall | null; readonly run: number };
/** What goes into one frame. `text`: `''` when everything it was made of is out of date; `size`: entries. */
export type Batch = { readonly text: string; readonly size: number; readonly touched: readonly PendingCall[] };

/** What waits to be sent to one isolate, in order. */
export class Batches {
  #entries: Entry[] = [];

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** The event itself: from now on the call is in a new run, and nothing of an earlier one counts. */
  start(call: PendingCall): void {
    this.#entries.push(startOf(call));
  }

  /** Something about a call that runs already. */
  add(call: PendingCall, text: string): void {
    this.#entries.push({ text, call, run: call.runs });
  }

  /** The isolate need not work on it any more. */
  forget({ id }: PendingCall): void {
    this.#entries.push({ text: `[3,${id}]`, call: null, run: 0 });
  }

  /** Starts again calls whose isolate is gone: in their order, before everything that waits. */
  restart(lost: readonly PendingCall[]): void {
    const again = new Set(lost);
    const others = this.#entries.filter(({ call }) => call === null || !again.has(call));
    this.#entries = [...lost.map(startOf), ...others];
  }

  /** Takes the next batch: one call that must travel alone, or others. @param most entries */
  take(most: number = limits.frameEvents): Batch {
    const texts: string[] = [];
    const touched = new Set<PendingCall>();
    let taken = 0;
    for (const { text, call, run } of this.#entries) {
      const isDue = call === null || (!call.isSettled && call.runs === run);
      if (texts.length === most || (isDue && call?.isAlone && texts.length > 0)) break;
      taken += 1;
      if (!isDue) continue;
      texts.push(text);
      if (call) touched.add(call);
      if (call?.isAlone) break;
    }
    this.#entries = this.#entries.slice(taken);
    const text = texts.length === 0 ? '' : `[${texts.join(',')}]`;
    return { text, size: texts.length, touched: [...touched] };
  }

  clear(): void {
    this.#entries = [];
  }
}

function startOf(call: PendingCall): Entry {
  call.runs += 1;
  call.frame = 0;
  call.made = 0;
  call.inFlight = 0;
  call.sent = 0;
  return { text: call.item, call, run: call.runs };
}
