// oxlint-disable unicorn/consistent-function-scoping -- sent as text: nothing outside of the function is there
import type { Limits, Natives } from './natives.ts';
import type { Outbox } from './outbox.ts';

/** One event in the isolate. `body`: number of the message it may read, 0 for none. */
export type Call = {
  readonly id: number;
  readonly body: number;
  readonly waiting: Map<number, readonly [resolve: (value: unknown) => void, reject: (reason: unknown) => void]>;
  made: number;
  inFlight: number;
  /** Characters it sent out. */
  sent: number;
  /** The last limit it was told of. */
  over: string;
};
/** Reads a message in the host: all of it for `-1, -1`; null when it is not there, or too large to be shared whole. */
export type ReadOctets = (body: number, from: number, to: number) => string | null;
export type HostCalls = ReturnType<typeof createHostCalls>;

/** Host calls of one event: counted, bounded, refused by name. */
export function createHostCalls(outbox: Outbox, octets: ReadOctets, natives: Natives, limits: Limits) {
  const { apply, mapSet, stringify, slice, isInteger, Promise: NativePromise, Error: NativeError } = natives;
  let shared: readonly [body: number, text: string] = [0, ''];

  const isOffset = (value: unknown): value is number => typeof value === 'number' && isInteger(value) && value >= 0;
  const wholeOf = (body: number): string | null => {
    if (shared[0] === body) return shared[1];
    const text = octets(body, -1, -1);
    if (text !== null) shared = [body, text];
    return text;
  };
  /** @returns null when the message is not in this host: then the core has it */
  const readOctets = (call: Call, from: unknown, to: unknown): string | null => {
    if (call.body === 0) throw new NativeError('message.octets: this event has no message to read');
    if (!isOffset(from) || !isOffset(to) || to < from)
      throw new NativeError('message.octets: from and to must be whole numbers, 0 <= from <= to');
    if (to - from > limits.octetsRange) throw new NativeError('message.octets: at most 1 MiB a call');
    const whole = wholeOf(call.body);
    return whole === null ? octets(call.body, from, to) : apply(slice, whole, [from, to]);
  };
  const log = (call: Call, args: string): void => outbox.log(`[2,${call.id},0,"log.write",${args}]`);
  /** Told once for each limit in a row: a flood of refusals must not be one of notes. */
  const refuse = (call: Call, limit: string, text: string): never => {
    if (call.over !== limit) outbox.over(call.id, limit);
    call.over = limit;
    throw new NativeError(`limit reached: ${text}`);
  };
  const check = (call: Call): void => {
    if (call.made >= limits.hostCalls)
      refuse(call, 'hostCalls', `host calls, at most ${limits.hostCalls} for one event`);
    if (call.inFlight >= limits.inFlight)
      refuse(call, 'inFlight', `host calls in flight, at most ${limits.inFlight}; await some first`);
  };
  /** @returns false when that is more than the event may send out; then it is not sent */
  const sent = (call: Call, item: string): boolean => {
    if (call.sent + item.length > limits.outbox) return false;
    call.sent += item.length;
    outbox.send(item);
    return true;
  };
  return {
    sent,
    forget(body: number): void {
      if (shared[0] === body) shared = [0, ''];
    },
    make: (call: Call, name: string, args: readonly unknown[]): Promise<unknown> =>
      new NativePromise((resolve, reject) => {
        const text = stringify(args);
        if (typeof name !== 'string' || typeof text !== 'string' || text[0] !== '[')
          throw new NativeError('a host call has a name and a list of arguments');
        if (name === 'log.write') return resolve(log(call, text));
        check(call);
        call.made += 1;
        const read = name === 'message.octets' ? readOctets(call, args[0], args[1]) : null;
        if (read !== null) return resolve(read);
        if (!sent(call, `[2,${call.id},${call.made},${stringify(name)},${text}]`))
          refuse(call, 'outbox', `outbox, at most ${limits.outbox} characters for one event`);
        call.inFlight += 1;
        return apply(mapSet, call.waiting, [call.made, [resolve, reject]]);
      }),
  };
}
