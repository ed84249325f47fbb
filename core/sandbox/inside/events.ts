// oxlint-disable unicorn/consistent-function-scoping -- sent as text: nothing outside of the function is there
import type { Call, HostCalls } from './host-calls.ts';
import type { Natives } from './natives.ts';
import type { Outbox } from './outbox.ts';

export type Events = ReturnType<typeof createEvents>;
export type Parts = {
  readonly natives: Natives;
  readonly outbox: Outbox;
  readonly calls: HostCalls;
  readonly say: (thrown: unknown) => string;
};
export type Runtime = {
  configure(settings: unknown): unknown;
  handle(event: unknown, payload: unknown, call: (name: string, args: readonly unknown[]) => Promise<unknown>): unknown;
};

/** Events in, answers out. */
export function createEvents({ natives, outbox, calls, say }: Parts) {
  const { apply, promiseThen, mapGet, mapSet, mapDelete, stringify, Map: NativeMap, Promise: NativePromise } = natives;
  const open = new NativeMap<number, Call>();
  const find = (id: unknown): Call | undefined => apply(mapGet, open, [id]);
  const finish = (call: Call, item: string): void => {
    if (!apply(mapDelete, open, [call.id])) return;
    calls.forget(call.body);
    if (!calls.sent(call, item)) outbox.send(`[1,${call.id},"limit","outbox"]`);
  };
  const fail = (call: Call, kind: string, text: string): void =>
    finish(call, `[1,${call.id},"${kind}",${stringify(text)}]`);
  const answer = (call: Call, value: unknown): void => {
    try {
      const text: unknown = stringify(value);
      if (typeof text === 'string') finish(call, `[0,${call.id},${text}]`);
      else if (value === undefined) finish(call, `[0,${call.id}]`);
      else fail(call, 'answer', `a ${typeof value} cannot be an answer`);
    } catch (thrown) {
      fail(call, 'answer', say(thrown));
    }
  };
  return {
    /** `[0, id, event, payload, body]` */
    start(runtime: Runtime, item: readonly unknown[]): void {
      const id = natives.Number(item[1]);
      const call: Call = {
        id,
        body: natives.Number(item[4]),
        waiting: new NativeMap(),
        made: 0,
        inFlight: 0,
        sent: 0,
        over: '',
      };
      apply(mapSet, open, [id, call]);
      const run = new NativePromise((resolve) => {
        resolve(runtime.handle(item[2], item[3], (name, args) => calls.make(call, name, args)));
      });
      void apply(promiseThen, run, [
        (value: unknown) => answer(call, value),
        (thrown: unknown) => fail(call, 'threw', say(thrown)),
      ]);
    },
    /** `[1, id, ordinal, value]`, or `[2, id, ordinal, text]` for a call that failed */
    reply(item: readonly unknown[]): void {
      const call = find(item[1]);
      const waiting = call && apply(mapGet, call.waiting, [item[2]]);
      if (!call || !waiting) return;
      apply(mapDelete, call.waiting, [item[2]]);
      call.inFlight -= 1;
      if (item[0] === 1) waiting[0](item[3]);
      else waiting[1](new natives.Error(natives.String(item[3])));
    },
    /** `[3, id]`: nobody waits for its answer any more */
    forget(item: readonly unknown[]): void {
      const call = find(item[1]);
      if (call) apply(mapDelete, open, [call.id]);
    },
  };
}
