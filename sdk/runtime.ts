import { capabilities, type CapabilityName, type HostCall } from './capabilities.ts';
import type { Manifest } from './manifest.ts';
import { Message, type MessageData } from './message.ts';
import type { SchemaIssue, StandardSchema } from './standard-schema.ts';
import { sdkVersion } from './version.ts';

/** What the sandbox calls. Everything that goes in and out is plain JSON. */
type SinkRuntime = {
  /**
   * Validates and keeps the settings of the binding; called once, before any event.
   *
   * @returns the problems, one line each; empty when the settings are good
   */
  configure(settings: unknown): Promise<readonly string[]>;
  /** Runs the handler of an event. @returns its answer, unchecked: checking is the core's business */
  handle(event: string, payload: WirePayload, call: HostCall): unknown;
};

/** The payload and context of an event, as the core sends them. */
export type WirePayload = { readonly message?: MessageData };

/** A sink as its module exports it: what it says of itself, and how the sandbox runs it. */
export type Sink = { readonly manifest: Manifest; readonly runtime: SinkRuntime };

type Definition = Omit<Manifest, 'needs' | 'events' | 'timers' | 'settings' | 'sdk'> & {
  readonly needs?: readonly CapabilityName[];
  readonly timers?: Manifest['timers'];
  readonly settings?: StandardSchema<unknown>;
};

/** Turns a definition into what the sandbox runs. Only `defineSink` calls it. */
export function createRuntime(definition: Definition): Sink {
  const { name, version, description, role, needs = [], wants, timers = {}, limits } = definition;
  const handlers = handlersOf(definition);
  let settings: unknown = Object.freeze({});

  return {
    manifest: {
      name,
      version,
      description,
      role,
      needs,
      ...(wants && { wants }),
      events: [...handlers.keys()],
      timers,
      ...(limits && { limits }),
      ...settingsSchema(definition.settings),
      sdk: sdkVersion,
    },
    runtime: {
      async configure(given) {
        const read = await readSettings(definition.settings, given);
        if ('problems' in read) return read.problems;
        settings = deepFreeze(read.value);
        return [];
      },
      handle(event, payload, call) {
        const handler = handlers.get(event);
        if (!handler) throw new TypeError(`${name} has no handler for ${event}`);
        return handler(
          { ...withMessage(payload), event, settings },
          capabilitiesOf([...needs, ...(wants ?? [])], call),
        );
      },
    },
  };
}

/** The functions whose name is that of an event. Whether there is such an event the core checks, at load. */
function handlersOf(definition: object): ReadonlyMap<string, (event: object, has: object) => unknown> {
  const found = Object.entries(definition).filter(([key]) => /^on[A-Z]/.test(key));
  return new Map(
    found.map(([key, value]) => {
      if (typeof value !== 'function') throw new TypeError(`${key} must be a function`);
      return [key, (event: object, has: object): unknown => Reflect.apply(value, undefined, [event, has])];
    }),
  );
}

/** What the settings look like; nothing where the library cannot say. */
function settingsSchema(schema: StandardSchema<unknown> | undefined): Pick<Manifest, 'settings'> {
  try {
    const settings = schema?.['~standard'].jsonSchema?.input({ target: 'draft-2020-12' });
    return settings ? { settings } : {};
  } catch {
    return {}; // a transform, or whatever else JSON Schema has no word for
  }
}

async function readSettings(
  schema: StandardSchema<unknown> | undefined,
  given: unknown,
): Promise<{ readonly problems: readonly string[] } | { readonly value: unknown }> {
  if (!schema) {
    const isEmpty = typeof given === 'object' && given !== null && Object.keys(given).length === 0;
    return isEmpty ? { value: given } : { problems: ['this sink has no settings'] };
  }
  const read = await schema['~standard'].validate(given);
  return read.issues ? { problems: read.issues.map(problemOf) } : read;
}

function problemOf({ message, path = [] }: SchemaIssue): string {
  return path.length === 0 ? message : `${path.map(nameOf).join('.')}: ${message}`;
}

function nameOf(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

function withMessage(payload: WirePayload): object {
  return payload.message ? { ...payload, message: new Message(payload.message) } : payload;
}

function capabilitiesOf(needs: readonly CapabilityName[], call: HostCall): object {
  const names = new Set<CapabilityName>(['log', ...needs]);
  return Object.fromEntries([...names].map((name) => [name, name === 'log' ? logOver(call) : remote(name, call)]));
}

function remote(name: CapabilityName, call: HostCall): object {
  const methods: readonly string[] = capabilities[name].methods;
  return Object.fromEntries(
    methods.map((method) => {
      const full = `${name}.${method}`;
      return [method, (...args: readonly unknown[]) => guarded(call(full, args), full)];
    }),
  );
}

/** A promise that says where it was not awaited, when it is taken for the value: returned, or asked for a property. */
function guarded(answer: Promise<unknown>, name: string): Promise<unknown> {
  const here = new TypeError(`${name}() was not awaited: write \`await ${name}(…)\``);
  const refuse = (): never => {
    throw here;
  };
  // Below it, not around it: it is a promise as before to whatever awaits it.
  const asPromise = new Proxy(Promise.prototype, {
    get: (promise, key): unknown =>
      typeof key === 'symbol' || key in promise ? Reflect.get(promise, key, answer) : refuse(),
  });
  Object.setPrototypeOf(answer, asPromise);
  return Object.defineProperties(answer, { toJSON: { value: refuse }, toString: { value: refuse } });
}

/** The log does not answer: a sink need not await it, and a refused line must not become a fault of its own. */
function logOver(call: HostCall): object {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  return Object.fromEntries(
    levels.map((level) => [
      level,
      (text: unknown, values: unknown = {}) => {
        call('log.write', [level, String(text).slice(0, 4_000), values]).catch(() => undefined);
      },
    ]),
  );
}
