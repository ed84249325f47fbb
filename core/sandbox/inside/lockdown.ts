// oxlint-disable unicorn/consistent-function-scoping -- sent as text: nothing outside of the function is there
/*
 * What a sink does not find: run as text inside an isolate, after the bridge took the natives it needs. This is the
 * modest form; the process around the isolate is the wall.
 */

/** @param log writes one line; values are already text */
export function lockDown(log: (level: string, text: string) => void): void {
  const world: Record<string, unknown> = globalThis;
  for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'eval']) delete world[name];

  const refuse = (name: string, why: string): (() => never) => {
    // A function and not an arrow, so that `new` comes here as well.
    function refused(): never {
      throw new TypeError(`${name} is not there in a sink: ${why}`);
    }
    return Object.defineProperty(refused, 'name', { value: name });
  };
  const generators = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const sample of generators) {
    const kind = Object.getPrototypeOf(sample);
    const closed = refuse('Function', 'code cannot be made from text');
    Object.defineProperty(closed, 'prototype', { value: kind });
    Object.defineProperty(kind, 'constructor', { value: closed, writable: false, configurable: false });
    if (kind === Function.prototype) world['Function'] = closed;
  }
  const timers = 'declare a timer in the manifest and handle onTimer';
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) world[name] = refuse(name, timers);
  world['clearTimeout'] = world['clearInterval'] = world['clearImmediate'] = () => undefined;
  const settled = Promise.resolve();
  world['queueMicrotask'] = (run: () => void) => void settled.then(() => run());

  const show = (value: unknown): string => {
    try {
      if (value instanceof Error) return String(value.stack);
      return typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
    } catch {
      return `a ${typeof value} that cannot be shown`;
    }
  };
  const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error', trace: 'debug' };
  const console: Record<string, (...values: readonly unknown[]) => void> = {};
  for (const [name, level] of Object.entries(levels))
    console[name] = (...values) => log(level, values.map(show).join(' ').slice(0, 4096));
  world['console'] = console;
}
