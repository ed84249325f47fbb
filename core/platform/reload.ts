import { isDeepStrictEqual } from 'node:util';
import { formatProblem, type Config, type Problem, type ReadConfig } from '../config/config.ts';
import { formatChange } from '../config/plan.ts';
import type { Reconciler } from '../config/reconcile.ts';
import type { Fault } from '../errors.ts';
import type { Binding } from '../events/binding.ts';
import type { Queue } from '../queue/queue.ts';
import type { VirtualServerOptions } from '../servers/options.ts';
import type { LoadedSink, Roster, RosterChange } from './roster.ts';
import { wantedBindings } from './wanted.ts';

/** What came of a reload: what changed, or every reason why nothing did. */
export type Reloaded =
  | { readonly kind: 'done'; readonly changes: readonly string[] }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

export type GoodConfig = Extract<ReadConfig, { readonly kind: 'config' }>;

export type ReloadParts = {
  readonly read: () => Promise<ReadConfig>;
  readonly roster: Roster;
  readonly servers: Reconciler<VirtualServerOptions>;
  readonly queue: Pick<Queue, 'list'>;
  /** The newest revision of each sink that builds. */
  readonly newestSinks: () => ReadonlyMap<string, LoadedSink>;
  /** Makes domains and users what the configuration says, and tells new passwords. */
  readonly syncDirectory: (domains: Config['domains']) => Promise<void>;
  /** Makes keys and trust what the configuration says; what cannot be had is for `sluice status` to tell. */
  readonly applySmime: (smime: Config['smime']) => Promise<void>;
  /** Makes the folders mail is picked up from what the configuration says. */
  readonly applyPickup: (servers: Config['virtualServers']) => Promise<void>;
  /** A generation took over, at start and on a change before the servers that need it; or is in force again. */
  readonly onLive: (bindings: readonly Binding[]) => void;
};

/** What can only be chosen when the process starts. */
const fixed = ['data', 'sinks', 'sandbox', 'telemetry'] as const satisfies readonly (keyof Config)[];

/** Brings what runs to what the configuration and the sinks folders say: one change at a time, each as a whole or not at all. */
export class Reloader {
  readonly #parts: ReloadParts;
  #inForce: GoodConfig;
  /** The revisions in force; a sink whose folder is gone keeps the one it had. */
  #sinks: ReadonlyMap<string, LoadedSink> = new Map();
  #configProblems: readonly string[] = [];
  readonly #sinkProblems = new Map<string, readonly string[]>();
  readonly #started = Promise.withResolvers<void>();
  #last: Promise<unknown> = this.#started.promise;

  constructor(parts: ReloadParts, first: GoodConfig) {
    this.#parts = parts;
    this.#inForce = first;
  }

  /** The configuration in force. */
  get config(): Config {
    return this.#inForce.config;
  }

  /** Why the newest configuration, or the newest revision of a sink, is not in force. */
  get problems(): readonly string[] {
    return [...this.#configProblems, ...[...this.#sinkProblems.values()].flat()];
  }

  /** Applies the first configuration. Every other change waits for it. */
  async start(): Promise<Reloaded> {
    try {
      return await this.#applyConfig(this.#inForce);
    } finally {
      this.#started.resolve();
    }
  }

  /** Reads the file again and applies it. On any problem all stays as it is. */
  reload(): Promise<Reloaded> {
    return this.#inTurn(async () => {
      const read = await this.#parts.read();
      const reloaded = read.kind === 'config' ? await this.#applyConfig(read) : refused(read.problems);
      this.#configProblems = reloaded.kind === 'problems' ? reloaded.problems : [];
      return reloaded;
    });
  }

  /** Puts the newest revision of a sink in force wherever it is bound. */
  swap(name: string): Promise<Reloaded> {
    return this.#inTurn(async () => {
      const swapped = await this.#applySink(name);
      if (swapped.kind === 'problems') this.#sinkProblems.set(name, swapped.problems);
      else this.#sinkProblems.delete(name);
      return swapped;
    });
  }

  #inTurn(run: () => Promise<Reloaded>): Promise<Reloaded> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #applyConfig(read: GoodConfig): Promise<Reloaded> {
    const { roster, queue, servers, newestSinks, syncDirectory, applySmime, onLive } = this.#parts;
    const problems = [...fixedProblems(this.#inForce, read), ...(await orphanProblems(queue, read))];
    if (problems.length > 0) return refused(problems);
    const sinks = new Map([...this.#sinks, ...newestSinks()]);
    const leaving = leavingBindings(roster, read.config);
    const change = await roster.apply(wantedBindings(read.config), sinks, leaving);
    if (change.kind === 'problems') return refused(placed(change, read));

    onLive(change.generation.all);
    await syncDirectory(read.config.domains);
    await applySmime(read.config.smime);
    const outcome = await servers.reconcile(read.config.virtualServers);
    if (outcome.kind === 'failed') {
      change.rollback();
      onLive(roster.current().all);
      await syncDirectory(this.#inForce.config.domains);
      await applySmime(this.#inForce.config.smime);
      return { kind: 'problems', problems: [faultText(outcome.fault)] };
    }
    this.#inForce = read;
    await this.#parts.applyPickup(read.config.virtualServers);
    this.#sinkProblems.clear();
    this.#sinks = sinks;
    change.confirm();
    if (leaving.length > 0) void outcome.drained.then(() => this.#inTurn(() => this.#applyConfig(this.#inForce)));
    return { kind: 'done', changes: outcome.changes.map(formatChange) };
  }

  async #applySink(name: string): Promise<Reloaded> {
    const newest = this.#parts.newestSinks().get(name);
    if (!newest || newest.hash === this.#sinks.get(name)?.hash) return { kind: 'done', changes: [] };
    const sinks = new Map(this.#sinks).set(name, newest);
    const change = await this.#parts.roster.apply(wantedBindings(this.#inForce.config), sinks);
    if (change.kind === 'problems') return refused(placed(change, this.#inForce));
    this.#sinks = sinks;
    change.confirm();
    this.#parts.onLive(change.generation.all);
    return { kind: 'done', changes: [`${name} ${newest.manifest.version} ${newest.hash.slice(0, 8)}`] };
  }
}

const refused = (problems: readonly Problem[]): Reloaded => ({
  kind: 'problems',
  problems: problems.map(formatProblem),
});

/** Sessions of a virtual server that goes end under the bindings they have. */
function leavingBindings(roster: Roster, { virtualServers }: Config): readonly Binding[] {
  const staying = new Set(virtualServers.map(({ id }) => id));
  return roster.current().all.filter(({ virtualServer }) => !staying.has(virtualServer));
}

function fixedProblems(before: GoodConfig, after: GoodConfig): readonly Problem[] {
  return fixed
    .filter((key) => !isDeepStrictEqual(before.config[key], after.config[key]))
    .map((key) => after.problemAt([key], 'cannot change while Sluice runs: restart it'));
}

/** Mail in the queue asks the sinks of the virtual server it came in by: that must not vanish under it. */
async function orphanProblems(queue: ReloadParts['queue'], read: GoodConfig): Promise<readonly Problem[]> {
  const known = new Set(read.config.virtualServers.map(({ id }) => id));
  const orphans = (await queue.list()).filter(({ virtualServer }) => !known.has(virtualServer));
  const counts = Map.groupBy(orphans, ({ virtualServer }) => virtualServer);
  return [...counts].map(([id, { length }]) => {
    const mail = length === 1 ? 'a message' : `${length} messages`;
    const ways = 'keep it until they are delivered, or see sluice queue ls --json, release and rm';
    return read.problemAt(['virtualServers'], `${id} is missing here, but has ${mail} in the queue: ${ways}`);
  });
}

/** Problems of bindings as those of the file they stand in. */
export function placed(
  { problems }: Extract<RosterChange, { kind: 'problems' }>,
  read: Pick<GoodConfig, 'problemAt'>,
): readonly Problem[] {
  return problems.map(({ path, column, text }) => read.problemAt(path, text, column ?? undefined));
}

/** What an operator reads: the reason a part gives, else the fault's own words. */
function faultText({ message, context }: Fault): string {
  const { reason } = context;
  return reason === undefined ? message : String(reason);
}
