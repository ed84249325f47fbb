import { specOf, type EventName } from '../../sdk/catalogue.ts';
import type { Manifest } from '../../sdk/manifest.ts';
import { cpuOf } from '../limits.ts';
import { tenantOf } from '../platform/call-sink.ts';
import { locateHandler } from '../platform/locate-handler.ts';
import { createTenants } from '../platform/tenants.ts';
import { formatProblem } from '../sandbox/problem.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { openLog } from '../telemetry/telemetry.ts';
import { bindAlone } from './bind-alone.ts';
import { loadSink } from './load.ts';
import { createTrialDesk, type TrialEvent, type TrialHost, type Tried } from './trial-desk.ts';

export type { TrialEvent, TrialHost, Tried } from './trial-desk.ts';

export type TrialOptions = {
  /** Holds `sink.ts`. */
  readonly folder: string;
  /** The binding as `sluice.yaml` would have it; what the sink needs is granted when it says nothing of grants. */
  readonly binding?: Readonly<Record<string, unknown>>;
  readonly host: TrialHost;
};

/** An event as it goes over the wall: payload and context in one, the message's header and tree included. */
export type TrialQuestion = {
  readonly event: EventName;
  readonly payload: unknown;
  /** Null: the message cannot be read. */
  readonly octets: Uint8Array | null;
  readonly host: (name: string, args: readonly unknown[]) => Promise<unknown>;
};

/** A sink in the real sandbox, without a server: one isolate, asked directly, as often as one likes. */
export type Trial = AsyncDisposable & {
  readonly manifest: Manifest;
  /** Hash of the bundle. */
  readonly hash: string;
  fire(event: TrialEvent): Promise<Tried>;
  /** Asks without a chain around it. @returns what the sink answered, unread. @throws Fault when it failed */
  ask(event: TrialQuestion): Promise<unknown>;
  /** The process its isolate is in; null when it was lost. */
  host(): number | null;
};

/** A trial, or why the sink cannot be tried: texts for its author, with file, line and code frame. */
export type OpenedTrial =
  | { readonly kind: 'trial'; readonly trial: Trial }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** Loads a sink as a running Sluice would, settings and `onLoad` included. Dispose of it: it has processes of its own. */
export async function openTrial({ folder, binding: said = {}, host }: TrialOptions): Promise<OpenedTrial> {
  await using open = new AsyncDisposableStack();
  const log = openLog({ level: 'fatal' });
  const sandbox = open.use(await startSandbox({ hosts: 1, log }));
  const loaded = await loadSink(folder, sandbox);
  if (loaded.kind === 'problems') return { kind: 'problems', problems: loaded.problems.map(formatProblem) };
  const { manifest, bundle } = loaded;
  const read = bindAlone(manifest, bundle, said);
  if (!('binding' in read)) return { kind: 'problems', problems: read.problems };

  const { binding } = read;
  const desk = createTrialDesk(sandbox, host, (event) => locateHandler(folder, event));
  const tenants = createTenants({
    sandbox,
    dispatcher: desk.dispatcher,
    isStruck: () => false,
    randomId: () => 'trial',
    log,
  });
  const refused = await tenants.open([binding], new Map([[bundle.hash, bundle]]));
  if (refused.length > 0) return { kind: 'problems', problems: refused.flatMap(({ problems }) => problems) };

  const running = open.move();
  let asked = 0;
  const trial: Trial = {
    manifest,
    hash: bundle.hash,
    fire: (event) => desk.fire(binding, event),
    ask: ({ event, payload, octets, host: answer }) =>
      sandbox.call({
        tenant: tenantOf(binding),
        event,
        payload,
        deadline: specOf(event).deadline,
        cpu: cpuOf(binding.limits, specOf(event).cpu),
        octets: octets && { id: `replay-${(asked += 1)}`, octets },
        host: answer,
      }),
    host: () => sandbox.status().hosts.find(({ role }) => role === 'active')?.pid ?? null,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  return { kind: 'trial', trial };
}
