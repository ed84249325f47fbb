// oxlint-disable unicorn/consistent-function-scoping -- sent as text: nothing outside of the function is there
import type { Limits, Natives } from './natives.ts';

export type Outbox = ReturnType<typeof createOutbox>;

/** What leaves the isolate: items joined to one JSON array, sent once the microtasks before it have run. */
export function createOutbox(emit: (text: string) => void, natives: Natives, { log: logMost }: Limits) {
  const { apply, promiseThen, Promise: NativePromise } = natives;
  const settled = new NativePromise<void>((resolve) => resolve());
  let held = '';
  let scheduled = false;
  let logged = 0;
  let dropped = 0;

  const flush = (): void => {
    scheduled = false;
    if (dropped > 0) held = `${held === '' ? '' : `${held},`}[4,0,"log",${dropped}]`;
    const text = held;
    dropped = 0;
    held = '';
    if (text !== '') emit(text);
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    void apply(promiseThen, settled, [flush]);
  };
  const send = (item: string): void => {
    held = held === '' ? item : `${held},${item}`;
    if (held.length > 262_144) flush();
    schedule();
  };
  return {
    send,
    /** Says that a limit was reached: the core counts it. @param id of the event; 0 for none */
    over(id: number, limit: string): void {
      send(`[4,${id},"${limit}",1]`);
    },
    /** A line of log; beyond the budget of this pump it is only counted, and the count sent before the pump ends. */
    log(item: string): void {
      if (logged + item.length <= logMost) send(item);
      else {
        dropped += 1;
        schedule();
      }
      logged += item.length;
    },
    start(): void {
      logged = 0;
    },
  };
}
