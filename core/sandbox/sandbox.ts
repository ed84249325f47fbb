import { availableParallelism } from 'node:os';
import type { Engine } from '../engine.ts';
import { Fault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { createCalls } from './calls.ts';
import type { Bundle, SinkCall, TenantOptions } from './contract.ts';
import { Fleet } from './fleet.ts';
import { openHostProgram } from './host-program.ts';
import type { HostEvent, HostsStatus } from './hosts.ts';
import { describeBundle, openTenant } from './loading.ts';
import type { Tenant } from './tenant.ts';
import { usualWear, type Wear } from './wear.ts';

export type { Bundle, LimitHit, SinkCall, TenantOptions } from './contract.ts';
export type SandboxEvent = HostEvent;
export type SandboxStatus = { readonly hosts: HostsStatus; readonly tenants: number; readonly calls: number };

/** Where sink code runs; knows nothing of mail. */
export type Sandbox = AsyncDisposable & {
  /** Loads a bundle in a throw-away isolate. @returns its manifest, unchecked @throws Fault sandbox.load, with `at` */
  describe(bundle: Bundle): Promise<unknown>;
  /** Opens an isolate and validates its settings. @returns the problems, one line each; then it is not open */
  open(tenant: TenantOptions): Promise<readonly string[]>;
  /**
   * Runs an event. Events of one tenant start in the order of the calls.
   *
   * @returns the sink's answer, unchecked: JSON, or undefined
   * @throws Fault sandbox.* with `sink` and `event`, and `at` and `error` when the sink threw; sink.unknown
   */
  call(call: SinkCall): Promise<unknown>;
  /** Takes no more calls for it; resolves when those that run are answered and the isolate is gone. */
  close(tenant: string): Promise<void>;
  /** Forgets that it ended a host: as soon as it has nothing under way it runs among the others again. */
  pardon(tenant: string): void;
  status(): SandboxStatus;
};

export type SandboxOptions = {
  /** Host processes that take calls; one per CPU beyond the first, and at least one, when null. */
  readonly hosts?: number | null;
  /** What describes sinks, and runs those of which nothing else is said; an isolate when left out. */
  readonly engine?: Engine;
  /** How long the penalty host stays when it has nothing to do, in milliseconds. */
  readonly penaltyIdle?: number;
  /** When a host is swapped for a fresh one. */
  readonly wear?: Wear;
  readonly log: Log;
  readonly onEvent?: (event: SandboxEvent) => void;
};

/**
 * Starts the sandbox host processes.
 *
 * @returns when all of them, the spare too, take calls
 * @throws Fault sandbox.stopped when they cannot be started
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log, engine = 'isolate' } = options;
  await using starting = new AsyncDisposableStack();
  const fleet = await startFleet(starting, options);
  const calls = createCalls(({ number }) => fleet.free(number));
  const tenants = new Map<string, Tenant | 'opening'>();
  let isStopped = false;
  const running = starting.move();

  const check = (): void => {
    if (isStopped) throw new Fault('sandbox.stopped');
  };
  const find = (id: string): Tenant | null => {
    const tenant = tenants.get(id);
    return tenant === undefined || tenant === 'opening' ? null : tenant;
  };
  return {
    async describe(bundle) {
      check();
      return await describeBundle(bundle, engine, { fleet, log });
    },
    async open(tenant) {
      check();
      if (tenants.has(tenant.id)) throw new Fault('sandbox.load', { sink: tenant.id, error: 'it is open already' });
      tenants.set(tenant.id, 'opening');
      const opened = await openTenant({ engine, ...tenant }, { fleet, log }).finally(() => tenants.delete(tenant.id));
      if (opened.tenant) tenants.set(tenant.id, opened.tenant);
      return opened.problems;
    },
    call(call) {
      const tenant = find(call.tenant);
      if (isStopped) return Promise.reject(new Fault('sandbox.stopped'));
      if (!tenant || tenant.isClosing) return Promise.reject(new Fault('sink.unknown', { sink: call.tenant }));
      return calls.start(tenant, call);
    },
    async close(id) {
      const tenant = find(id);
      if (!tenant) return;
      await tenant.close();
      tenants.delete(id);
      fleet.dismiss(tenant);
    },
    pardon(id) {
      const tenant = find(id);
      if (tenant) fleet.pardon(tenant);
    },
    status: () => ({ hosts: fleet.status(), tenants: tenants.size, calls: calls.waiting }),
    async [Symbol.asyncDispose]() {
      isStopped = true;
      for (const id of tenants.keys()) find(id)?.fail('sandbox.stopped');
      await running.disposeAsync();
    },
  };
}

async function startFleet(starting: AsyncDisposableStack, options: SandboxOptions): Promise<Fleet> {
  const { hosts = null, penaltyIdle = 30_000, wear = usualWear, log, onEvent } = options;
  const { command } = starting.use(await openHostProgram());
  const fleet = starting.use(
    new Fleet({
      command,
      wear,
      hosts: hosts ?? Math.max(1, availableParallelism() - 1),
      penaltyIdle,
      log,
      onEvent(event) {
        log[event.kind === 'host-lost' ? 'warn' : 'debug']({ ...event }, 'sandbox host');
        onEvent?.(event);
      },
    }),
  );
  await fleet.start();
  return fleet;
}
