import type { limits } from './capabilities/limits.ts';

/*
 * The part of the bridge that runs inside an isolate, before the sink. Every function here is sent as text, so it
 * uses nothing but its arguments: natives are taken before the sink can touch them, values leave as text built by
 * hand, own properties only, no iterators. What the sink throws becomes text here, inside the time limit.
 */

type Limits = typeof limits;
type Natives = ReturnType<typeof takeNatives>;
type Outbox = ReturnType<typeof createOutbox>;
type Call = {
  readonly id: number;
  readonly body: number;
  readonly waiting: Map<number, readonly [resolve: (value: unknown) => void, reject: (reason: unknown) => void]>;
  made: number;
  inFlight: number;
  sent: number;
};

export function takeNatives() {
  const map = Map.prototype;
  return {
    parse: JSON.parse,
    stringify: JSON.stringify,
    apply: Reflect.apply,
    isInteger: Number.isInteger,
    slice: String.prototype.slice,
    then: Promise.prototype.then,
    mapGet: map.get,
    mapSet: map.set,
    mapDelete: map.delete,
    String,
    Promise,
    Error,
    Map,
  };
}

/** @returns a function that says what was thrown, stack included, in a bounded text */
export function createSay({ apply, slice, String: text }: Natives, { errorText }: Limits) {
  const cut = (said: string): string => {
    if (said.length > 1_000_000) return `an error text of ${said.length} characters`;
    return said.length > errorText ? apply(slice, said, [0, errorText]) : said;
  };
  return (thrown: unknown): string => {
    try {
      if (typeof thrown !== 'object' || thrown === null) return cut(text(thrown));
      const stack: unknown = 'stack' in thrown ? thrown.stack : undefined;
      if (typeof stack === 'string' && stack !== '') return cut(stack);
      return cut(text('message' in thrown ? thrown.message : thrown));
    } catch {
      return 'an error that cannot be read';
    }
  };
}

/** What leaves the isolate: items joined to one JSON array, sent once the microtasks before it have run. */
export function createOutbox(emit: (text: string) => void, natives: Natives, { logPerMinute }: Limits) {
  const { apply, then, Promise: NativePromise, stringify } = natives;
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
    void apply(then, settled, [flush]);
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

/** Host calls of one event: counted, bounded, refused by name. */
export function createHostCalls(
  outbox: Outbox,
  octets: (body: number, from: number, to: number) => string | null,
  natives: Natives,
  limits: Limits,
) {
  const { apply, mapSet, stringify, slice, isInteger, Promise: NativePromise, Error: NativeError } = natives;
  let shared: readonly [body: number, text: string] = [0, ''];

  const wholeOf = (body: number): string | null => {
    if (shared[0] === body) return shared[1];
    const text = octets(body, -1, -1);
    if (text !== null) shared = [body, text];
    return text;
  };
  const readOctets = (call: Call, from: unknown, to: unknown): string => {
    if (call.body === 0) throw new NativeError('message.octets: this event has no message to read');
    if (
      typeof from !== 'number' ||
      typeof to !== 'number' ||
      !isInteger(from) ||
      !isInteger(to) ||
      from < 0 ||
      to < from
    )
      throw new NativeError('message.octets: from and to must be whole numbers, 0 <= from <= to');
    if (to - from > limits.octetsRange) throw new NativeError('message.octets: at most 1 MiB a call');
    const whole = wholeOf(call.body);
    const read = whole === null ? octets(call.body, from, to) : apply(slice, whole, [from, to]);
    if (typeof read !== 'string') throw new NativeError('message.octets: the message is not there any more');
    return read;
  };
  const log = (call: Call, item: string): void => outbox.log(`[2,${call.id},0,"log.write",${item}]`);
  const check = (call: Call): void => {
    if (call.made >= limits.hostCalls)
      throw new NativeError(`limit reached: host calls, at most ${limits.hostCalls} for one event`);
    if (call.inFlight >= limits.inFlight)
      throw new NativeError(`limit reached: host calls in flight, at most ${limits.inFlight}; await some first`);
  };
  const sent = (call: Call, item: string): void => {
    if (call.sent + item.length > limits.outbox)
      throw new NativeError('limit reached: outbox, at most 1 MB for one event');
    call.sent += item.length;
    outbox.send(item);
  };
  return {
    sent,
    forget(body: number): void {
      if (shared[0] === body) shared = [0, ''];
    },
    make: (call: Call, name: string, args: readonly unknown[]): Promise<unknown> =>
      new NativePromise((resolve, reject) => {
        if (name === 'log.write') return resolve(log(call, stringify(args)));
        check(call);
        call.made += 1;
        if (name === 'message.octets') return resolve(readOctets(call, args[0], args[1]));
        sent(call, `[2,${call.id},${call.made},${stringify(name)},${stringify(args)}]`);
        call.inFlight += 1;
        return apply(mapSet, call.waiting, [call.made, [resolve, reject]]);
      }),
  };
}

type Parts = {
  readonly natives: Natives;
  readonly outbox: Outbox;
  readonly calls: ReturnType<typeof createHostCalls>;
  readonly say: (thrown: unknown) => string;
};
type Runtime = {
  configure(settings: unknown): unknown;
  handle(event: unknown, payload: unknown, call: (name: string, args: readonly unknown[]) => Promise<unknown>): unknown;
};

/** Events in, answers out. */
export function createEvents({ natives, outbox, calls, say }: Parts) {
  const { apply, then, mapGet, mapSet, mapDelete, stringify, Map: NativeMap, Promise: NativePromise } = natives;
  const open = new NativeMap<number, Call>();
  const find = (id: unknown): Call | undefined => apply(mapGet, open, [id]);
  const finish = (call: Call, item: string): void => {
    if (!apply(mapDelete, open, [call.id])) return;
    calls.forget(call.body);
    try {
      calls.sent(call, item);
    } catch {
      outbox.send(`[1,${call.id},"limit","limit reached: outbox, at most 1 MB for one event"]`);
    }
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
      const id = Number(item[1]);
      const call: Call = { id, body: Number(item[4]), waiting: new NativeMap(), made: 0, inFlight: 0, sent: 0 };
      apply(mapSet, open, [id, call]);
      const run = new NativePromise((resolve) => {
        resolve(runtime.handle(item[2], item[3], (name, args) => calls.make(call, name, args)));
      });
      apply(then, run, [
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

type Events = ReturnType<typeof createEvents>;
type Sink = { readonly manifest: unknown; readonly runtime: Runtime };

/**
 * The one function the host calls: `enter(what, argument)`.
 * `0` pump a batch, `1` load the bundle, `2` configure, `3` what configure came to (null: it is not done yet).
 */
export function createEnter({ natives, outbox, say }: Parts, events: Events) {
  const { apply, then, parse, stringify, Promise: NativePromise, Error: NativeError } = natives;
  let sink: Sink | null = null;
  let configured: string | null = null;

  const require = (name: unknown): never => {
    throw new NativeError(`a sink is one file: it cannot load ${stringify(name)} while it runs`);
  };
  const isSink = (value: unknown): value is Sink =>
    typeof value === 'object' && value !== null && 'manifest' in value && 'runtime' in value;
  const load = (bundle: unknown): string => {
    try {
      const module: { exports: { default?: unknown } } = { exports: {} };
      if (typeof bundle === 'function') apply(bundle, undefined, [module, module.exports, require]);
      if (!('default' in module.exports)) return '{"missing":"no default export"}';
      if (!isSink(module.exports.default)) return '{"missing":"no sink"}';
      sink = module.exports.default;
      return `{"manifest":${stringify(sink.manifest)}}`;
    } catch (thrown) {
      return `{"threw":${stringify(say(thrown))}}`;
    }
  };
  const configure = (settings: string): void => {
    const done = new NativePromise((resolve) => resolve(sink?.runtime.configure(parse(settings))));
    apply(then, done, [
      (problems: unknown) => (configured = `{"problems":${stringify(problems)}}`),
      (thrown: unknown) => (configured = `{"threw":${stringify(say(thrown))}}`),
    ]);
  };
  const pump = (text: string): void => {
    const batch: readonly (readonly unknown[])[] = parse(text);
    outbox.start();
    for (let at = 0; at < batch.length; at += 1) {
      const item = batch[at];
      if (!item || !sink) continue;
      if (item[0] === 0) events.start(sink.runtime, item);
      else if (item[0] === 3) events.forget(item);
      else events.reply(item);
    }
  };
  return (what: number, argument: string): string | null | void => {
    if (what === 0) return pump(argument);
    if (what === 1) return load(argument);
    return what === 2 ? configure(argument) : configured;
  };
}
