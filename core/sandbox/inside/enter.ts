// oxlint-disable unicorn/consistent-function-scoping -- sent as text: nothing outside of the function is there
import type { Events, Parts, Runtime } from './events.ts';
import type { Limits } from './natives.ts';

type Sink = { readonly manifest: unknown; readonly runtime: Runtime };

/** Loads the bundle, validates its settings: once each, before the first event. Both answer in JSON, bounded. */
export function createLoader({ natives, say }: Parts, limits: Limits) {
  const { apply, promiseThen, parse, stringify, Promise: NativePromise, Error: NativeError } = natives;
  let sink: Sink | null = null;
  let configured = '{"threw":"settings must be validated at once, without waiting"}';

  const report = (name: string, value: unknown): string => {
    const text: unknown = stringify(value);
    if (typeof text !== 'string') return `{"threw":"no ${name}"}`;
    return text.length > limits.manifest ? `{"threw":"${name}: larger than 64 KB"}` : `{"${name}":${text}}`;
  };
  const isSink = (value: unknown): value is Sink =>
    typeof value === 'object' && value !== null && 'manifest' in value && 'runtime' in value;
  const require = (name: unknown): never => {
    throw new NativeError(`a sink is one file: it cannot load ${stringify(name)} while it runs`);
  };
  return {
    /** Null until a sink is loaded. */
    runtime: (): Runtime | null => sink && sink.runtime,
    load(bundle: unknown): string {
      try {
        const module: { exports: { default?: unknown } } = { exports: {} };
        if (typeof bundle === 'function') apply(bundle, undefined, [module, module.exports, require]);
        if (!('default' in module.exports)) return '{"missing":"no default export"}';
        if (!isSink(module.exports.default)) return '{"missing":"the default export is not a sink"}';
        sink = module.exports.default;
        return report('manifest', sink.manifest);
      } catch (thrown) {
        return report('threw', say(thrown));
      }
    },
    configure(settings: string): void {
      const done = new NativePromise((resolve) => resolve(sink?.runtime.configure(parse(settings))));
      void apply(promiseThen, done, [
        (problems: unknown) => (configured = report('problems', problems)),
        (thrown: unknown) => (configured = report('threw', say(thrown))),
      ]);
    },
    /** What configuring came to, once the microtasks have run. */
    configured: (): string => configured,
  };
}

type Loader = ReturnType<typeof createLoader>;

/**
 * The one function the host calls, `enter(what, argument)`: `0` pumps a batch, `1` loads the bundle, `2` configures,
 * `3` says what that came to. Never throws anything of the sink's: the host copies what is thrown, outside of time limits.
 */
export function createEnter({ natives, outbox }: Parts, events: Events, loader: Loader) {
  const pump = (text: string): void => {
    const batch: readonly (readonly unknown[])[] = natives.parse(text);
    const runtime = loader.runtime();
    outbox.start();
    for (let at = 0; at < batch.length; at += 1) {
      const item = batch[at];
      if (!item || !runtime) continue;
      if (item[0] === 0) events.start(runtime, item);
      else if (item[0] === 3) events.forget(item);
      else events.reply(item);
    }
  };
  return (what: number, argument: string): string | null => {
    try {
      if (what === 1) return loader.load(argument);
      if (what === 3) return loader.configured();
      if (what === 0) pump(argument);
      else loader.configure(argument);
      return null;
    } catch {
      // oxlint-disable-next-line typescript/only-throw-error -- a plain text has nothing that could run while it is copied
      throw 'the bridge is broken';
    }
  };
}
