import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startAdmin } from './admin/admin.ts';
import { hashPassword, openAuth } from './auth/auth.ts';
import { openCapabilities } from './capabilities/capabilities.ts';
import { createRedactor } from './capabilities/redactor.ts';
import type { Config, ReadConfig } from './config/config.ts';
import { watchFiles } from './config/watch.ts';
import { openBreakers } from './database/breakers.ts';
import { openDatabase } from './database/database.ts';
import { openKv } from './database/kv.ts';
import { startDelivery } from './delivery/agent.ts';
import type * as deliveryOperations from './delivery/operations.ts';
import { openDirectory } from './directory/directory.ts';
import type { Binding } from './events/binding.ts';
import { createDispatcher, type DispatchParts } from './events/dispatch.ts';
import { createBackend, shadowCounter, type ServerStatus } from './platform/backend.ts';
import { createBreakers } from './platform/breakers.ts';
import { createCallSink } from './platform/call-sink.ts';
import { createDelivering } from './platform/delivering.ts';
import { createEditables } from './platform/editable-message.ts';
import { createFaultLog } from './platform/fault-log.ts';
import { Reloader, type GoodConfig, type Reloaded } from './platform/reload.ts';
import { createHarvester } from './platform/harvester.ts';
import { createHandlerFinder } from './platform/locate-handler.ts';
import { createLimitWatch } from './platform/limit-watch.ts';
import { largestOf, protectionPartsOf } from './platform/protection-parts.ts';
import { recordCalls } from './platform/record-calls.ts';
import { createRoster } from './platform/roster.ts';
import { shareCalls } from './platform/share.ts';
import { createSmimeRoom } from './platform/smime-room.ts';
import { createServers, hostnameOf } from './platform/servers.ts';
import { watchSinks } from './platform/sink-watch.ts';
import { runLater, startHousekeeping, startSinkTimers } from './platform/timing.ts';
import { createIsOurs, createWays, pickupsOf } from './platform/ways.ts';
import { openMailAuth } from './mailauth/mailauth.ts';
import { createPickup } from './pickup/pickup.ts';
import { openQueue } from './queue/queue.ts';
import { createCustody } from './smime/custody.ts';
import { createRelay } from './relay/relay.ts';
import { openRevisionStore } from './sandbox/revision-store.ts';
import { keptRevisions, openSinkFolders } from './sandbox/sink-folder.ts';
import { startSandbox } from './sandbox/sandbox.ts';
import { openStore } from './store/store.ts';
import { openCounters } from './telemetry/counters.ts';
import { openLog, openLoopDelay, openTrace, type TraceEntry } from './telemetry/telemetry.ts';

export type PlatformOptions = {
  /** The configuration file: watched, and read again with `read` on every reload. */
  readonly file: string;
  readonly first: GoodConfig;
  readonly read: () => Promise<ReadConfig>;
  /** Told each password that was made, once: nobody can read it again. */
  readonly onPassword: (user: string, password: string) => void;
};

/** A Sluice that runs. Disposing of it ends sessions, finishes what is under way and closes everything in reverse. */
export type Platform = AsyncDisposable & {
  readonly config: Config;
  reload(): Promise<Reloaded>;
  servers(): readonly ServerStatus[];
  /** Sandbox host processes that take calls, and those that wait for one of them to be killed. */
  hosts(): { readonly hosts: number; readonly spares: number };
  /** Settles when a database thread has ended: nothing can be accepted or delivered any more. */
  readonly broken: Promise<void>;
  /** What is bound: `mx/disclaimer/default`, with the version that runs. */
  bindings(): readonly { readonly key: string; readonly version: string; readonly events: readonly string[] }[];
};

export type Started =
  | { readonly kind: 'running'; readonly platform: Platform }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

const operations = ['directory', 'queue', 'store', 'delivery'].map(
  (part) => new URL(`./${part}/operations.ts`, import.meta.url),
);

const now = (): number => Date.now();
/** 16 letters and digits: names traces, sessions and owners. */
const randomId = (): string => randomUUID().replaceAll('-', '').slice(0, 16);

/** Builds the platform from the ground up. Every part gets what it uses, and nothing else, from here. */
export async function startPlatform(options: PlatformOptions): Promise<Started> {
  await using starting = new AsyncDisposableStack();
  const storage = await openStorage(starting, options.first.config);
  const sinking = await openSinking(starting, options.first.config, storage);
  const mail = startMail(starting, options, { ...storage, ...sinking });
  // Before the servers: once they greet, a saved file is seen. What it asks for waits until the start is done.
  const platform = await startOperations(starting, options, { ...storage, ...sinking, ...mail });
  const started = await mail.reloader.start();
  if (started.kind === 'problems') return started;

  const running = starting.move();
  return { kind: 'running', platform: { ...platform, [Symbol.asyncDispose]: () => running.disposeAsync() } };
}

/** What is at rest: the database and everything that lives in it, the log and the traces. */
async function openStorage(starting: AsyncDisposableStack, { data, telemetry }: Config) {
  const redactor = createRedactor();
  const redact = (text: string): string => redactor.redact(text);
  const log = openLog({ level: telemetry.level, destination: telemetry.file ?? 2, redact });
  const broken = Promise.withResolvers<void>();
  const database = starting.use(await openDatabase({ folder: data, operations, log, onEnd: () => broken.resolve() }));
  const trace = starting.use(await openTrace({ folder: data, log, ...telemetry.trace, recording: telemetry.record }));
  const directory = openDirectory(database, { hashPassword });
  return {
    broken: broken.promise,
    log,
    database,
    trace,
    redactor,
    redact,
    record: (entry: TraceEntry) => trace.record({ ...entry, detail: redact(entry.detail) }),
    loopDelay: starting.use(openLoopDelay()),
    kv: openKv(database, { now }),
    breakerStore: openBreakers(database),
    directory,
    auth: openAuth(directory, { now }),
    custody: starting.use(createCustody({ data, log, now })),
    store: openStore(database),
    queue: openQueue(database, { owner: randomId(), now }),
  };
}

type Storage = Awaited<ReturnType<typeof openStorage>>;

/** Who is asked: sandbox, sinks, dispatcher, and which bindings are in force. */
async function openSinking(starting: AsyncDisposableStack, config: Config, storage: Storage) {
  const { breakerStore, log, record } = storage;
  const sandbox = starting.use(await startSandbox({ ...config.sandbox, log }));
  const describe = sandbox.describe.bind(sandbox);
  const store = openRevisionStore({ folder: join(config.data, 'revisions'), kept: keptRevisions, log });
  const sinks = starting.use(await openSinkFolders({ folders: config.sinks, describe, store }));
  const counters = openCounters({ now });
  const { dns } = config;
  const smime = createSmimeRoom(storage.custody, now);
  const mailauth = starting.use(openMailAuth({ dns }));
  const capabilities = starting.use(
    openCapabilities({ ...storage, counters, dns, env: process.env, randomId, now, smime, mailauth }),
  );
  const limitWatch = createLimitWatch({ counters, log, record, now });
  const called = createCallSink(sandbox, capabilities, limitWatch);
  const unguarded = limitWatch.over(recordCalls(called, config.telemetry.record, { ...storage, now }));
  const kept = await breakerStore.list();
  const breakers = createBreakers({ callSink: shareCalls(unguarded), store: breakerStore, kept, log, record, now });
  const { callSink } = breakers;
  const report = createFaultLog(log, runLater, createHandlerFinder(config.sinks));
  const leave: DispatchParts['leave'] = (reason, { binding, event, traceId }) =>
    log.info({ binding: binding.key, event, traceId, reason }, 'edits were not made; the message is as it was');
  const dispatcher = createDispatcher({
    callSink,
    record,
    report,
    leave,
    shadow: (binding, outcome) => counters.add(shadowCounter, { binding: binding.key, outcome }),
    now,
  });
  const isStruck = (binding: Binding): boolean => breakers.of(binding).kills > 0;
  const roster = starting.use(
    createRoster({
      sandbox,
      dispatcher,
      isStruck,
      allowed: config.sandbox,
      kept: sinks.revision,
      onLimit: (hit, binding) => limitWatch.met(hit, { binding, event: null, traceId: null }),
      randomId,
      log,
    }),
  );
  return {
    sandbox,
    sinks,
    breakers,
    dispatcher,
    roster,
    capabilities,
    counters,
    limitWatch,
    generation: () => roster.current(),
  };
}

type Sinking = Awaited<ReturnType<typeof openSinking>>;

/** Who asks: timers, delivery and virtual servers. None of them runs before the first generation is in force. */
function startMail(
  starting: AsyncDisposableStack,
  { first, read, onPassword }: PlatformOptions,
  given: Storage & Sinking,
) {
  const { database, queue, directory, store, auth, dispatcher, roster, generation, sinks, log, record } = given;
  const { capabilities } = given;
  const timers = starting.use(startSinkTimers({ dispatcher, now, randomId }));
  const config = (): Config => reloader.config;
  const { openEditable } = openEditables(starting, config, given);
  const parts = { dispatcher, generation, directory, log, record, now, randomId, openEditable };
  const content = database.content;

  const nameOf = (id: string): string => hostnameOf(config(), id);
  const listening = (): readonly string[] => servers.status().flatMap(({ listen }) => listen);
  const isOurs = createIsOurs(config, listening);
  const relay = starting.use(
    createRelay({ options: () => config().relay, isOurs, now, random: Math.random, randomId }),
  );
  // Stopped after the servers, which still accept what is on its way in.
  const delivering = starting.use(
    createDelivering(queue, async () =>
      startDelivery({
        ...parts,
        ...createWays(config),
        relay,
        queue,
        content,
        hostname: nameOf,
        operations: database.operations<typeof deliveryOperations.writes>('delivery'),
      }),
    ),
  );
  const { accept } = delivering;
  const pickup = starting.use(
    createPickup({ accept, write: (octets) => content.write(octets), hostname: nameOf, log, now, randomId }),
  );
  capabilities.connect({ accept, hostname: nameOf, write: (octets) => content.write(octets) });
  const services = { ...parts, queue: { ...queue, accept }, store, auth, content };
  const servers = starting.use(createServers({ services, log }));
  const reloader = new Reloader(
    {
      read,
      roster,
      queue,
      servers: servers.reconciler,
      newestSinks: () => sinks.current(),
      async syncDirectory(domains) {
        for (const { user, password } of await directory.sync(domains)) onPassword(user, password);
        await delivering.start(); // not before: mail would find no mailbox
      },
      applySmime: (smime) => given.custody.apply(smime),
      applyPickup: (wanted) => pickup.apply(pickupsOf(wanted)),
      onLive: (bindings) => timers.set(bindings),
    },
    first,
  );
  return { servers, reloader, wakeDelivery: () => delivering.delivery()?.wake(), outbound: delivering.delivery };
}

type Mail = ReturnType<typeof startMail>;

/** Opens messages for sinks to edit: under the keys, the trust and the sizes of the moment. */
function openEditables(
  starting: AsyncDisposableStack,
  config: () => Config,
  { custody, log }: Pick<Storage & Sinking, 'custody' | 'log'>,
) {
  const partsOf = protectionPartsOf(custody, config, now);
  const harvester = createHarvester(custody, () => partsOf(''), log);
  return starting.use(createEditables(partsOf, log, harvester, largestOf(config)));
}

/** Who looks after it: watchers of configuration and sinks, chores, and the socket operators ask on. */
async function startOperations(
  starting: AsyncDisposableStack,
  { file, first }: PlatformOptions,
  given: Storage & Sinking & Mail,
): Promise<Omit<Platform, keyof AsyncDisposable>> {
  const { log, sinks, reloader, servers, generation, kv, sandbox, broken } = given;
  const { data: folder, sinks: folders } = first.config;
  const reload = async (): Promise<Reloaded> => {
    await sinks.rescan();
    await servers.reloadTls();
    const reloaded = await reloader.reload();
    if (reloaded.kind === 'done') log.info({ changes: reloaded.changes }, 'configuration: live');
    else log.warn({}, `configuration: what ran before runs on:\n${reloaded.problems.join('\n')}`);
    return reloaded;
  };
  const status = (): readonly ServerStatus[] => servers.status();

  starting.use(await watchSinks({ folders, sinks, swap: (name) => reloader.swap(name), log, clock: now }));
  starting.use(await watchFiles([file], { log, settle: 100 }, () => void reload()));
  starting.use(startHousekeeping(() => kv.sweep(), log));
  const about = {
    configFile: file,
    startedAt: now(),
    config: () => reloader.config,
    problems: () => [...reloader.problems, ...given.custody.problems()],
  };
  starting.use(
    await startAdmin({ folder, log, backend: createBackend({ ...given, ...about, servers: status, reload }) }),
  );

  const bindings: Platform['bindings'] = () =>
    generation().all.map(({ key, revision, events }) => {
      const { version } = revision.manifest;
      return { key, version, events: [...events.keys()] };
    });
  const hosts: Platform['hosts'] = () => {
    const all = sandbox.status().hosts;
    const spares = all.filter(({ role }) => role === 'spare' || role === 'reserve').length;
    return { hosts: all.length - spares, spares };
  };
  return { reload, servers: status, hosts, bindings, broken, config: first.config };
}
