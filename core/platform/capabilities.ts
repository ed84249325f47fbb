import { z } from 'zod';
import type { CapabilityName } from '../../sdk/capabilities.ts';
import type { Kv } from '../database/kv.ts';
import type { Binding } from '../events/binding.ts';
import type { EditableMessage } from '../events/subject.ts';
import type { Log } from '../telemetry/log.ts';
import type { TraceEntry } from '../telemetry/trace-entry.ts';

/** Answers the host calls of one event. Throws an Error whose text the sink may read, and nothing internal. */
export type HostCalls = (name: string, args: readonly unknown[]) => Promise<unknown>;

/** The event whose sink calls. */
export type HostCallSubject = {
  readonly binding: Binding;
  readonly event: string;
  readonly traceId: string;
  readonly message: EditableMessage | null;
};

export type CapabilityParts = {
  readonly kv: Kv;
  readonly log: Log;
  readonly now: () => number;
  readonly record: (entry: TraceEntry) => void;
};

type Handler = (parts: CapabilityParts, subject: HostCallSubject, args: readonly unknown[]) => unknown;

const key = z.string().min(1).max(512);
const value = z.string().max(64 * 1024);
const level = z.enum(['debug', 'info', 'warn', 'error']);
const none = z.tuple([]);

/** What is behind each host call; who may use it is checked before. `message.octets` is answered by the sandbox host. */
const handlers: Readonly<Record<string, Handler>> = {
  'log.write': (parts, subject, args) => {
    const [how, text, values] = z.tuple([level, z.string().max(4096), z.record(z.string(), z.unknown())]).parse(args);
    writeLine(parts, subject, { how, text, values });
    return null;
  },
  'clock.now': ({ now }, _, args) => {
    none.parse(args);
    return now();
  },
  'kv.get': ({ kv }, { binding }, args) => kv.get(binding.key, z.tuple([key]).parse(args)[0]),
  'kv.put': async ({ kv }, { binding }, args) => {
    const [at, text, ttl] = z.tuple([key, value, z.int().positive().nullish()]).parse([args[0], args[1], args[2]]);
    const put = await kv.put(binding.key, at, text, ttl ?? undefined);
    if (put === 'full') throw new RangeError('kv.put: this binding keeps more than 10 MB');
    return null;
  },
  'kv.delete': async ({ kv }, { binding }, args) => {
    await kv.delete(binding.key, z.tuple([key]).parse(args)[0]);
    return null;
  },
  'message.text': async (_, { message }, args) => {
    none.parse(args);
    return shortened((await message?.text()) ?? null);
  },
  'message.html': async (_, { message }, args) => {
    none.parse(args);
    return shortened((await message?.html()) ?? null);
  },
};

/** Characters of a text a sink gets from either end of one that is longer; what `MessageReader` promises. */
const end = 512 * 1024;

function shortened(text: string | null): string | null {
  if (text === null || text.length <= 2 * end) return text;
  return `${text.slice(0, end)}\n…\n${text.slice(-end)}`;
}

const always: readonly string[] = ['log', 'clock'];

/** Makes the host side of the capabilities: checks the grant, then every argument again. */
export function createHostCalls(parts: CapabilityParts): (subject: HostCallSubject) => HostCalls {
  return (subject) => async (name, args) => {
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (!handler) throw new TypeError(`there is no host call ${name}`);
    if (!mayCall(subject.binding, name)) throw new TypeError(refusalText(subject.binding, name));
    try {
      return await handler(parts, subject, args);
    } catch (cause) {
      if (cause instanceof z.ZodError) throw new TypeError(argumentText(name, cause), { cause });
      if (cause instanceof RangeError) throw cause;
      parts.log.error({ binding: subject.binding.key, call: name, cause: String(cause) }, 'a host call failed');
      throw new Error(`${name} is not available now`, { cause });
    }
  };
}

function argumentText(name: string, { issues }: z.ZodError): string {
  const [first] = issues;
  return first ? `${name}: argument ${Number(first.path[0] ?? 0) + 1}: ${first.message}` : `${name}: wrong arguments`;
}

function mayCall({ grants }: Binding, name: string): boolean {
  const capability = name.slice(0, name.indexOf('.'));
  return always.includes(capability) || grants.some((granted: CapabilityName) => granted === capability);
}

function refusalText({ sink, name: binding }: Binding, call: string): string {
  const capability = call.slice(0, call.indexOf('.'));
  return `${call} is not granted: add needs: ['${capability}'] to sink ${sink} and grants: [${capability}] to its binding ${binding}`;
}

type Line = { readonly how: z.infer<typeof level>; readonly text: string; readonly values: object };

function writeLine({ log, record, now }: CapabilityParts, subject: HostCallSubject, { how, text, values }: Line): void {
  const { binding, event, traceId } = subject;
  log[how]({ sink: binding.sink, binding: binding.key, event, traceId, values }, text);
  record({
    traceId,
    at: now(),
    kind: 'log',
    event,
    virtualServer: binding.virtualServer,
    binding: binding.name,
    sink: binding.sink,
    revision: binding.revision.hash,
    decision: how,
    detail: Object.keys(values).length === 0 ? text : `${text} ${JSON.stringify(values)}`,
    ms: null,
  });
}
