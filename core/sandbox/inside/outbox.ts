// oxlint-disable unicorn/consistent-function-scoping -- sent as text: nothing outside of the function is there
import type { Limits, Natives } from './natives.ts';

export type Outbox = ReturnType<typeof createOutbox>;

/** What leaves the isolate: items joined to one JSON array, sent once the microtasks before it have run. */
export function createOutbox(emit: (text: string) => void, natives: Natives, { logPerMinute }: Limits) {
  const { apply, promiseThen, Promise: NativePromise, stringify } = natives;
  const settled = new NativePromise<void>((resolve) => resolve());
  let held = '';
  let scheduled = false;
  let logged = 0;
  let dropped = 0;

  const flush = (): void => {
    const text = held;
    scheduled = false;
    held = '';
    if (text !== '') emit(text);
  };
  const send = (item: string): void => {
    held = held === '' ? item : `${held},${item}`;
    if (held.length > 262_144) flush();
    if (scheduled) return;
    scheduled = true;
    void apply(promiseThen, settled, [flush]);
  };
  return {
    send,
    /** A line of log; beyond the budget of this pump it is only counted. */
    log(item: string): void {
      if (logged + item.length > logPerMinute) dropped += 1;
      else send(item);
      logged += item.length;
    },
    start(): void {
      if (dropped > 0) send(`[3,0,"warn",${stringify(`${dropped} lines of log left out`)}]`);
      logged = 0;
      dropped = 0;
    },
  };
}
