// oxlint-disable unicorn/consistent-function-scoping -- sent as text: nothing outside of the function is there
/*
 * What a sink does not find: run as text inside each context, after the bridge took the natives it needs. V8 brings
 * these globals back whenever a context comes out of a startup snapshot, and aborts when some of them are removed in
 * one (measured): so this part is not in it. The process around the isolate is the wall.
 */

export type Closed = {
  /** Globals that go. */
  readonly missing: readonly string[];
  /** Globals that refuse to be called, and why. */
  readonly refused: Readonly<Record<string, string>>;
};

/** @param log writes one line; values are already text @param say the text of an error */
export function lockDown(
  log: (level: string, text: string) => void,
  say: (thrown: unknown) => string,
  { missing, refused }: Closed,
): void {
  const world: Record<string, unknown> = globalThis;
  const { defineProperty, getPrototypeOf } = Object;
  const NativeTypeError = TypeError;
  for (const name of missing) delete world[name];

  const refuse = (name: string, why: string): (() => never) => {
    // A function and not an arrow, so that `new` comes here as well.
    function refusing(): never {
      throw new NativeTypeError(`${name} is not available in a sink: ${why}`);
    }
    return defineProperty(refusing, 'name', { value: name });
  };
  const replace = (name: string, value: unknown): unknown =>
    defineProperty(world, name, { value, writable: true, enumerable: false, configurable: true });
  for (const name of Object.keys(refused)) replace(name, refuse(name, refused[name] ?? ''));
  for (const sample of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    const kind: unknown = getPrototypeOf(sample);
    const closed = refuse('Function', refused['Function'] ?? '');
    defineProperty(closed, 'prototype', { value: kind });
    defineProperty(kind, 'constructor', { value: closed, writable: false, configurable: false });
    if (kind === Function.prototype) replace('Function', closed);
  }
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) replace(name, () => undefined);
  const settled = Promise.resolve();
  replace('queueMicrotask', (run: () => void) => void settled.then(() => run()));

  const show = (value: unknown): string => {
    try {
      if (value instanceof Error) return say(value);
      return typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
    } catch {
      return `a ${typeof value} that cannot be shown`;
    }
  };
  const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error', trace: 'debug' };
  const console: Record<string, (...values: readonly unknown[]) => void> = {};
  for (const [name, level] of Object.entries(levels))
    console[name] = (...values) => log(level, values.map(show).join(' ').slice(0, 4096));
  replace('console', console);
}

/**
 * Big integers, memory that grows where the isolate's limit does not count it, and what a stack is made of.
 *
 * `BigInt(…)` gives a value nothing can be done with, instead of throwing: libraries make some while they load.
 */
export function lockData(): void {
  const { defineProperty } = Object;
  const { construct, deleteProperty } = Reflect;
  const NativeTypeError = TypeError;
  const bigint = (): never => {
    throw new NativeTypeError('BigInt is not available in a sink: there are no big integers; use numbers or strings');
  };
  function BigInt(): unknown {
    return new.target ? bigint() : inert;
  }
  const inert = Object.freeze({ __proto__: BigInt.prototype, [Symbol.toPrimitive]: bigint, toJSON: bigint });
  for (const name of ['asIntN', 'asUintN']) defineProperty(BigInt, name, { value: bigint });
  defineProperty(globalThis, 'BigInt', { value: BigInt, writable: true, enumerable: false, configurable: true });
  for (const name of ['getBigInt64', 'getBigUint64', 'setBigInt64', 'setBigUint64'])
    deleteProperty(DataView.prototype, name);
  deleteProperty(Date.prototype, 'toTemporalInstant');

  const Native = ArrayBuffer;
  // oxlint-disable-next-line typescript/unbound-method -- it does not look at `this`
  const { isView } = Native;
  function FixedBuffer(length: number): unknown {
    if (!new.target) throw new NativeTypeError("Constructor ArrayBuffer requires 'new'");
    return construct(Native, [length], new.target);
  }
  defineProperty(FixedBuffer, 'name', { value: 'ArrayBuffer' });
  defineProperty(FixedBuffer, 'prototype', { value: Native.prototype, writable: false });
  defineProperty(FixedBuffer, 'isView', { value: (value: unknown) => isView(value) });
  defineProperty(FixedBuffer, Symbol.species, {
    get(this: unknown) {
      return this;
    },
  });
  defineProperty(Native.prototype, 'constructor', { value: FixedBuffer });
  for (const name of ['resize', 'transfer', 'transferToFixedLength']) deleteProperty(Native.prototype, name);
  defineProperty(globalThis, 'ArrayBuffer', { value: FixedBuffer, writable: true, configurable: true });

  // A property that takes what is written and stays what it was: libraries set it and put it back.
  defineProperty(Error, 'prepareStackTrace', { get: () => undefined, set: () => undefined, configurable: false });
  defineProperty(Error, 'stackTraceLimit', { value: 10, writable: false, configurable: false });
}
