import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import { createReconciler, type Prepared, type Reconciler } from '../config/reconcile.ts';
import type { Change } from '../config/plan.ts';
import { createPop3Server, type Pop3Services } from '../protocols/pop3/pop3.ts';
import { createSmtpServer, type SmtpServices } from '../protocols/smtp/smtp.ts';
import { createListeners, formatAddress, type Listeners } from '../servers/listeners.ts';
import type { VirtualServerOptions } from '../servers/options.ts';
import type { CurrentTls, ProtocolServer } from '../servers/protocol-server.ts';
import { VirtualServer, type ServerSettings } from '../servers/virtual-server.ts';
import type { Log } from '../telemetry/telemetry.ts';
import type { ServerStatus } from './backend.ts';

type ServerOptions = VirtualServerOptions;

/** How long sessions have to end when their virtual server goes or the process stops, in milliseconds. */
const grace = 5_000;

/** The virtual servers that run. Disposing of it lets their sessions end and stops them. */
export type Servers = AsyncDisposable & {
  readonly reconciler: Reconciler<ServerOptions>;
  status(): readonly ServerStatus[];
  /** Reads certificates again. Those that cannot be read stay as they are. */
  reloadTls(): Promise<void>;
};

export type ServersParts = { readonly services: SmtpServices & Pop3Services; readonly log: Log };

type Running = { readonly protocol: ServerOptions['protocol']; readonly server: VirtualServer<ServerOptions> };

/** What a virtual server calls itself; the machine's name for one that is gone. */
export function hostnameOf({ virtualServers }: Config, id: string): string {
  return ownName(virtualServers.find((server) => server.id === id) ?? { hostname: null });
}

const ownName = (options: Pick<ServerOptions, 'hostname'>): string => options.hostname ?? hostname();

export function createServers({ services, log }: ServersParts): Servers {
  const running = new Map<string, Running>();
  const listeners = createListeners(log);

  const prepare = (change: Change<ServerOptions>): Promise<Prepared> =>
    prepareChange(change, running, (options) => ({
      protocol: options.protocol,
      server: createOne(options, listeners, { services, log }),
    }));

  return {
    reconciler: createReconciler({ same, prepare, log }),
    status: () =>
      [...running].map(([id, { protocol, server }]) => ({
        id,
        protocol,
        state: server.state,
        listen: server.addresses.map(formatAddress),
        sessions: server.sessions,
      })),
    async reloadTls() {
      for (const [id, { server }] of running) {
        await server.reloadTls().catch((cause: unknown) => log.error({ virtualServer: id, cause }, 'certificate kept'));
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map(({ server }) => stop(server)));
    },
  };
}

/** Bindings live in the generation: a change of them is no change of the server. */
function same(a: ServerOptions, b: ServerOptions): boolean {
  return isDeepStrictEqual({ ...a, bindings: [] }, { ...b, bindings: [] });
}

type Create = (options: ServerOptions) => Running;

async function prepareChange(
  change: Change<ServerOptions>,
  running: Map<string, Running>,
  create: Create,
): Promise<Prepared> {
  if (change.kind === 'remove') return prepareRemoval(change.was.id, running);
  const before = change.kind === 'replace' ? running.get(change.item.id) : undefined;
  if (before?.protocol === change.item.protocol) return await before.server.prepare(settingsOf(change.item));
  const added = await prepareAdd(change.item, running, create);
  return { ...added, drain: async () => before && (await stop(before.server)) };
}

function prepareRemoval(id: string, running: Map<string, Running>): Prepared {
  const leaving = running.get(id);
  return {
    commit: () => void running.delete(id),
    undo: async () => undefined,
    drain: async () => leaving && (await stop(leaving.server)),
  };
}

async function prepareAdd(options: ServerOptions, running: Map<string, Running>, create: Create): Promise<Prepared> {
  const added = create(options);
  const start = await added.server.prepareStart();
  return {
    ...start,
    commit() {
      start.commit();
      running.set(options.id, added);
    },
  };
}

async function stop(server: VirtualServer<ServerOptions>): Promise<void> {
  if (server.state === 'running' || server.state === 'paused') await server.stop(grace);
  await server[Symbol.asyncDispose]();
}

function settingsOf(options: ServerOptions): ServerSettings<ServerOptions> {
  const { listen, limits, access, tls } = options;
  return { listen, limits, access, tls, options };
}

function createOne(options: ServerOptions, listeners: Listeners, { services, log }: ServersParts) {
  return new VirtualServer<ServerOptions>(
    { id: options.id, listeners, log, createProtocol: (first, tls) => protocolOf(first, tls, services) },
    settingsOf(options),
  );
}

/** The one place that knows which protocols there are. */
function protocolOf(
  options: ServerOptions,
  tls: CurrentTls,
  services: ServersParts['services'],
): ProtocolServer<ServerOptions> {
  if (options.protocol === 'smtp') {
    const smtp = createSmtpServer(options.id, { ...options, hostname: ownName(options) }, tls, services);
    return configured(smtp, (next) => {
      if (next.protocol === 'smtp') smtp.configure({ ...next, hostname: ownName(next) });
    });
  }
  const pop3 = createPop3Server(options.id, options, tls, services);
  return configured(pop3, (next) => {
    if (next.protocol === 'pop3') pop3.configure(next);
  });
}

function configured(
  server: Omit<ProtocolServer, 'configure'>,
  configure: (options: ServerOptions) => void,
): ProtocolServer<ServerOptions> {
  return {
    accept: (socket) => server.accept(socket),
    refuse: (socket, why) => server.refuse(socket, why),
    get sessions() {
      return server.sessions;
    },
    drain: (left) => server.drain(left),
    configure,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
