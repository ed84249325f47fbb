import { limits } from './capabilities/limits.ts';
import type { PendingCall } from './call.ts';

/** Text for an isolate, and the call it is about; null for what concerns a call nobody waits for any more. */
type Entry = { readonly text: string; readonly call: PendingCall | null; readonly run: number };
/** What goes into one frame. `text`: `''` when everything it was made of is out of date; `size`: entries. */
export type Batch = { readonly text: string; readonly size: number; readonly touched: readonly PendingCall[] };

/** What waits to be sent to one isolate, in order. */
export class Batches {
  /** Those before `#first` are taken: to cut them off at each batch would copy all that wait. */
  #entries: Entry[] = [];
  #first = 0;

  get isEmpty(): boolean {
    return this.#entries.length === this.#first;
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
    const others = this.#entries.slice(this.#first).filter(({ call }) => call === null || !again.has(call));
    this.#entries = [...lost.map(startOf), ...others];
    this.#first = 0;
  }

  /** Takes the next batch: one call that must travel alone, or others. @param most entries */
  take(most: number = limits.frameEvents): Batch {
    const texts: string[] = [];
    const touched = new Set<PendingCall>();
    for (let entry = this.#entries[this.#first]; entry; entry = this.#entries[this.#first]) {
      const { text, call, run } = entry;
      const isDue = call === null || (!call.isSettled && call.runs === run);
      if (texts.length === most || (isDue && call?.isAlone && texts.length > 0)) break;
      this.#first += 1;
      if (!isDue) continue;
      texts.push(text);
      if (call) touched.add(call);
      if (call?.isAlone) break;
    }
    this.#cut();
    const text = texts.length === 0 ? '' : `[${texts.join(',')}]`;
    return { text, size: texts.length, touched: [...touched] };
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
  }

  /** Lets go of what is taken, once that is most of it. */
  #cut(): void {
    if (this.#first * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}

function startOf(call: PendingCall): Entry {
  call.runs += 1;
  call.frame = 0;
  call.made = 0;
  call.inFlight = 0;
  call.sent = 0;
  return { text: call.parts.item, call, run: call.runs };
}
