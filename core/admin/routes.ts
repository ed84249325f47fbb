import { z } from 'zod';
import { queueRoutes } from './queue-routes.ts';
import { keyRows } from './key-routes.ts';

/** Epoch milliseconds. */
const instant = z.number();
const count = z.int().min(0);
const user = z.string().min(1).max(320).describe('A full address.');
const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);
const none = z.strictObject({});

const virtualServer = z.object({
  id: z.string(),
  protocol: z.string(),
  /** `running`, `paused`, `failed` … */
  state: z.string(),
  /** `127.0.0.1:2525`: the ports really open. */
  listen: z.array(z.string()).readonly(),
  sessions: count,
  bindings: count,
});

const status = z.object({
  version: z.string(),
  pid: count,
  startedAt: instant,
  /** The configuration file. */
  config: z.string(),
  data: z.string(),
  generation: count,
  virtualServers: z.array(virtualServer).readonly(),
  queue: z.object({ waiting: count, held: count }),
  /** What the sandbox says of itself, by name. */
  sandbox: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Event loop of the serving thread, 99th percentile, ms. */
  loopDelay: z.number(),
  tracesLost: count,
  /** What an operator should look at: the last reload that failed, sinks that do not load. */
  problems: z.array(z.string()).readonly(),
});

const queuedMessage = z.object({
  id: z.int(),
  traceId: z.string(),
  virtualServer: z.string(),
  state: z.enum(['accepted', 'arrived', 'quarantine', 'frozen', 'badmail']),
  reversePath: z.string(),
  recipients: z
    .array(
      z.object({
        address: z.string(),
        state: z.enum(['pending', 'delivered', 'failed', 'dropped']),
        attempts: count,
        nextAttempt: instant,
        lastReply: z.string().nullable(),
        /** The next hop, once it was tried. */
        destination: z.string().nullable(),
      }),
    )
    .readonly(),
  size: count,
  acceptedAt: instant,
  /** When it may be worked on; null: when it is released. */
  due: instant.nullable(),
  reason: z.string().nullable(),
});

const missed = z.object({
  counts: z.array(z.object({ binding: z.string(), count, last: instant })).readonly(),
  sends: z
    .array(
      z.object({
        at: instant,
        message: z.int(),
        traceId: z.string(),
        binding: z.string(),
        revision: z.string(),
        fault: z.string(),
      }),
    )
    .readonly(),
});

const traceEntry = z.object({
  traceId: z.string(),
  at: instant,
  kind: z.enum(['session', 'event', 'queue', 'delivery', 'log']),
  event: z.string(),
  virtualServer: z.string(),
  binding: z.string().nullable(),
  sink: z.string().nullable(),
  revision: z.string().nullable(),
  decision: z.string().nullable(),
  detail: z.string(),
  ms: z.number().nullable(),
});

const recordedEvent = z.object({
  traceId: z.string(),
  at: instant,
  event: z.string(),
  binding: z.string(),
  sink: z.string(),
  revision: z.string(),
  /** JSON. */
  payload: z.string(),
  answer: z.string(),
  /** Base64. */
  octets: z.string().nullable(),
});

const sink = z.object({
  name: z.string(),
  version: z.string(),
  /** Of the revision that runs; null when none does. */
  hash: z.string().nullable(),
  description: z.string(),
  events: z.array(z.string()).readonly(),
  /** JSON Schema of its settings; null where its library cannot say, or there are none. */
  settings: z.record(z.string(), z.unknown()).nullable(),
  /** `mx/disclaimer/default`. */
  bindings: z.array(z.string()).readonly(),
  /** Bindings whose sink runs in QuickJS. */
  quickjs: z.array(z.string()).readonly(),
  /** Bindings that only show what they would do, and how often that was what. */
  shadows: z
    .array(
      z.object({
        binding: z.string(),
        revision: z.string(),
        outcomes: z.array(z.object({ outcome: z.string(), count })).readonly(),
      }),
    )
    .readonly(),
  /** Limits its bindings met since the start, with what is allowed. */
  limits: z
    .array(z.object({ binding: z.string(), limit: z.string(), allowed: z.string(), count, last: instant }))
    .readonly(),
  /** Bindings that are not asked as usual. */
  breakers: z
    .array(
      z.object({
        binding: z.string(),
        /** `closed` after it ended a sandbox host: it is asked, apart from the others. */
        state: z.enum(['closed', 'open', 'trying', 'off']),
        since: instant,
        /** When it is tried again; null when that is not a matter of time. */
        until: instant.nullable(),
        /** The code of the fault it goes by. */
        reason: z.string(),
      }),
    )
    .readonly(),
  /** Why the newest version does not run, with file and line. */
  problems: z.array(z.string()).readonly(),
});

const reloaded = z.union([
  z.object({ kind: z.literal('done'), changes: z.array(z.string()).readonly() }),
  z.object({ kind: z.literal('problems'), problems: z.array(z.string()).readonly() }),
]);

const word = z.string().min(1).max(320).exactOptional();

/** Every question an operator can ask a running Sluice. Server, client and `Backend` derive from this table. */
const rows = {
  status: { verb: 'GET', path: '/status', input: none, output: status },
  /** At most 1,000, oldest first; parts of addresses, without regard to case. */
  queue: {
    verb: 'GET',
    path: '/queue',
    input: z.strictObject({
      from: word,
      to: word,
      destination: word,
      state: queuedMessage.shape.state.exactOptional(),
    }),
    output: z.array(queuedMessage).readonly(),
  },
  ...queueRoutes,
  /** Mail that went on without the edits of a sink that failed: all counted, at most the newest 1,000 listed. */
  missed: { verb: 'GET', path: '/missed', input: none, output: missed },
  release: { verb: 'POST', path: '/queue/:id/release', input: z.strictObject({ id }), output: z.literal('done') },
  remove: { verb: 'POST', path: '/queue/:id/delete', input: z.strictObject({ id }), output: z.literal('done') },
  mailboxes: {
    verb: 'GET',
    path: '/mailboxes',
    input: none,
    output: z.array(z.object({ user, messages: count, size: count })).readonly(),
  },
  mailbox: {
    verb: 'GET',
    path: '/mailboxes/:user',
    input: z.strictObject({ user }),
    output: z
      .array(z.object({ uid: z.int(), size: count, flags: z.array(z.string()).readonly(), internalDate: instant }))
      .readonly(),
  },
  message: {
    verb: 'GET',
    path: '/mailboxes/:user/:uid',
    input: z.strictObject({ user, uid: id }),
    output: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  },
  trace: {
    verb: 'GET',
    path: '/trace/:id',
    input: z.strictObject({ id: z.string().min(1).max(128) }),
    output: z.array(traceEntry).readonly(),
  },
  /** What was recorded after a point, at most 500 groups of entries; -1 asks for the point things are at. */
  recent: {
    verb: 'GET',
    path: '/recent/:after',
    input: z.strictObject({ after: z.coerce.number().int().min(-1) }),
    output: z.object({ next: count, entries: z.array(traceEntry).readonly() }),
  },
  /** What a sink was asked and answered, oldest first: the last ones, or those of a trace. `recording`: null when it is off. */
  recorded: {
    verb: 'POST',
    path: '/recorded',
    input: z.strictObject({
      sink: z.string().min(1).max(64),
      last: z.int().min(1).max(1_000),
      traceId: z.string().min(1).max(128).exactOptional(),
    }),
    output: z.object({
      recording: z.object({ bodies: z.boolean() }).nullable(),
      events: z.array(recordedEvent).readonly(),
    }),
  },
  /** Removes traces, and what was recorded, of mail that names an address. */
  purge: {
    verb: 'POST',
    path: '/purge',
    input: z.strictObject({ address: user }),
    output: z.object({ traces: count, recorded: count }),
  },
  sinks: { verb: 'GET', path: '/sinks', input: none, output: z.array(sink).readonly() },
  /** Asks a binding again that its breaker keeps from being asked. */
  turnOn: {
    verb: 'POST',
    path: '/bindings/:key/on',
    input: z.strictObject({ key: z.string().min(1).max(256) }),
    output: z.literal('done'),
  },
  reload: { verb: 'POST', path: '/reload', input: none, output: reloaded },
  ...keyRows,
} as const satisfies Record<string, Route<unknown, unknown>>;

/** One row: what is sent, and what comes back. `:name` in the path is a key of the input; what else a POST has stands in its body. */
export type Route<Input, Output> = {
  readonly verb: 'GET' | 'POST';
  readonly path: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
};

export type RouteName = keyof typeof rows;
export type InputOf<R extends RouteName> = z.output<(typeof rows)[R]['input']>;
export type OutputOf<R extends RouteName> = z.output<(typeof rows)[R]['output']>;

/** The table, typed so that a row and its name go together also where the name is a variable. */
export const routes: { readonly [R in RouteName]: Route<InputOf<R>, OutputOf<R>> } = rows;

const isRouteName = (name: string): name is RouteName => Object.hasOwn(routes, name);
export const routeNames: readonly RouteName[] = Object.keys(routes).filter(isRouteName);

/**
 * What answers the questions; `platform.ts` supplies it. Plain functions: null means there is no such message, mailbox or
 * trace, a `Fault` that it cannot be told now. What is returned may carry more than the row names: it is left out.
 */
export type Backend = { readonly [R in RouteName]: (input: InputOf<R>) => Promise<OutputOf<R> | null> };
