import type { Backend } from '../admin/admin.ts';
import type { Binding } from '../events/binding.ts';
import type { Delivery } from '../delivery/agent.ts';
import type { Directory } from '../directory/directory.ts';
import type { Generation } from '../events/generation.ts';
import type { Queue, QueuedMessage } from '../queue/queue.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { SinkFolders } from '../sandbox/sink-folder.ts';
import { formatProblem, type Problem } from '../sandbox/problem.ts';
import type { Store } from '../store/store.ts';
import type { Counters } from '../telemetry/counters.ts';
import type { LoopDelay, RecordedEvent, Trace } from '../telemetry/telemetry.ts';
import { breakerOf, restingOf } from './breaker-view.ts';
import { createKeyBackend, type KeyBackendParts } from './key-backend.ts';
import type { Breakers } from './breakers.ts';
import type { LimitWatch } from './limit-watch.ts';
import { tenantOf } from './call-sink.ts';
import { queueBackend } from './queue-backend.ts';
import type { Reloaded } from './reload.ts';
import { version } from './version.ts';

/** What the admin socket tells of. */
export type BackendParts = KeyBackendParts & {
  readonly configFile: string;
  readonly startedAt: number;
  readonly generation: () => Generation;
  readonly servers: () => readonly ServerStatus[];
  readonly queue: Queue;
  readonly store: Store;
  readonly trace: Trace;
  readonly sandbox: Sandbox;
  readonly sinks: SinkFolders;
  readonly breakers: Pick<Breakers, 'of' | 'pardon'>;
  readonly counters: Counters;
  readonly limitWatch: Pick<LimitWatch, 'list'>;
  readonly loopDelay: LoopDelay;
  /** Lets a message that was let go on be found. */
  readonly wakeDelivery: () => void;
  /** Null until the first configuration is in force. */
  readonly outbound: () => Delivery | null;
  readonly directory: Pick<Directory, 'aliases' | 'isLocalDomain'>;
  readonly reload: () => Promise<Reloaded>;
  /** What the last reload could not do. */
  readonly problems: () => readonly string[];
};

export type ServerStatus = {
  readonly id: string;
  readonly protocol: string;
  readonly state: string;
  readonly listen: readonly string[];
  readonly sessions: number;
};

/** Answers operators from the parts. */
export function createBackend(parts: BackendParts): Backend {
  const { queue, store, trace } = parts;
  return {
    status: async () => await statusOf(parts),
    queue: async (filter) => await queue.list(filter),
    ...queueBackend(parts),
    missed: async () => await queue.missed(),
    async release({ id }) {
      const found = await queue.resume(id);
      parts.wakeDelivery();
      return found ? 'done' : null;
    },
    remove: async ({ id }) => ((await queue.remove(id)) ? 'done' : null),
    mailboxes: async () =>
      (await store.mailboxes()).map(({ name, messages, size }) => ({ user: userOf(name), messages, size })),
    async mailbox({ user }) {
      const name = await mailboxNamed(store, user);
      return name === null ? null : await store.list(name);
    },
    async message({ user, uid }) {
      const name = mailboxAt(store, user);
      const isThere = (await store.list(name)).some((message) => message.uid === uid);
      return isThere ? Uint8Array.from(await store.octets(name, uid)) : null;
    },
    async trace({ id }) {
      const entries = await trace.read(id);
      return entries.length === 0 ? null : entries;
    },
    recent: async ({ after }) => await trace.recent(after),
    async recorded({ sink, last, traceId = null }) {
      const events = await trace.recorded({ sink, last, traceId });
      return { recording: parts.config().telemetry.record, events: events.map(withBase64) };
    },
    purge: async ({ address }) => await trace.purge(address),
    sinks: async () => sinksOf(parts),
    async turnOn({ key }) {
      const binding = parts.generation().find(key);
      if (binding === null) return null;
      parts.breakers.pardon(binding);
      parts.sandbox.pardon(tenantOf(binding));
      return 'done';
    },
    reload: parts.reload,
    ...createKeyBackend(parts),
  };
}

async function statusOf(parts: BackendParts): ReturnType<Backend['status']> {
  const messages = await parts.queue.list();
  const generation = parts.generation();
  const bound = Map.groupBy(generation.all, ({ virtualServer }) => virtualServer);
  const { hosts, calls } = parts.sandbox.status();
  return {
    version,
    pid: process.pid,
    startedAt: parts.startedAt,
    config: parts.configFile,
    data: parts.config().data,
    generation: generation.id,
    virtualServers: parts.servers().map((server) => ({ ...server, bindings: bound.get(server.id)?.length ?? 0 })),
    queue: { waiting: messages.filter(isWaiting).length, held: messages.filter((one) => !isWaiting(one)).length },
    sandbox: { hosts: hosts.length, isolates: hosts.reduce((sum, { isolates }) => sum + isolates, 0), calls },
    loopDelay: parts.loopDelay.p99(),
    tracesLost: parts.trace.dropped,
    problems: [
      ...parts.problems(),
      ...parts.sinks.problems().map(shortProblem),
      ...restingOf(generation.all, parts.breakers),
    ],
  };
}

const withBase64 = (event: RecordedEvent) => ({
  ...event,
  octets: event.octets && Buffer.from(event.octets).toString('base64'),
});

/** One line: the code frame is in the log. */
const shortProblem = (problem: Problem): string => formatProblem({ ...problem, frame: null });

const isWaiting = ({ state }: QueuedMessage): boolean => state === 'accepted' || state === 'arrived';

/** Whose it is; of the mailboxes beside INBOX with their name: `alice@example.org/Sent`. */
function userOf(mailbox: string): string {
  return mailbox.replace(/\/INBOX$/, '');
}

/** @param user an address, and a mailbox behind it where it is not INBOX */
function mailboxAt(store: Store, user: string): string {
  const slash = user.indexOf('/', user.indexOf('@'));
  if (slash < 0) return store.mailboxOf(user.toLowerCase());
  return `${user.slice(0, slash).toLowerCase()}${user.slice(slash)}`;
}

async function mailboxNamed(store: Store, user: string): Promise<string | null> {
  const wanted = mailboxAt(store, user);
  return (await store.mailboxes()).some(({ name }) => name === wanted) ? wanted : null;
}

/** Under which the outcomes of shadows are counted. */
export const shadowCounter = 'shadow.outcome';

function shadowView(counters: Counters, { key, revision }: Binding) {
  const outcomes = counters
    .list(shadowCounter)
    .flatMap(({ labels, count }) => (labels['binding'] === key ? [{ outcome: String(labels['outcome']), count }] : []));
  return { binding: key, revision: revision.hash, outcomes };
}

/** Loaded sinks, and folders whose sink never loaded. */
function sinksOf({
  sinks,
  generation,
  breakers,
  counters,
  limitWatch,
}: BackendParts): Awaited<ReturnType<Backend['sinks']>> {
  const running = Map.groupBy(generation().all, ({ sink }) => sink);
  const problems = Map.groupBy(sinks.problems(), ({ sink }) => sink);
  const loaded = sinks.current();
  const names = new Set([...loaded.keys(), ...problems.keys(), ...running.keys()]);
  return [...names].toSorted().map((name) => {
    const bindings = running.get(name) ?? [];
    const revision = bindings[0]?.revision ?? loaded.get(name);
    return {
      name,
      version: revision?.manifest.version ?? '',
      hash: revision?.hash ?? null,
      description: revision?.manifest.description ?? '',
      events: revision?.manifest.events ?? [],
      settings: revision?.manifest.settings ?? null,
      bindings: bindings.map(({ key }) => key),
      quickjs: bindings.filter(({ engine }) => engine === 'quickjs').map(({ key }) => key),
      shadows: bindings.filter(({ isShadow }) => isShadow).map((binding) => shadowView(counters, binding)),
      limits: limitWatch.list().filter(({ binding }) => bindings.some(({ key }) => key === binding)),
      breakers: bindings.flatMap((binding) => breakerOf(breakers, binding)),
      problems: (problems.get(name) ?? []).map(shortProblem),
    };
  });
}
