import { availableParallelism } from 'node:os';
import { Fault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { createBodies } from './bodies.ts';
import { createCall } from './call.ts';
import { limits } from './capabilities/limits.ts';
import { Fleet, type FleetEvent } from './fleet.ts';
import { describeBundle, openTenant, type Opening } from './loading.ts';
import type { HostFunction } from './replay.ts';
import type { Tenant } from './tenant.ts';

/** A sink as one file of JavaScript. `hash`: of code and map; `map`: a source map whose sources are named as shown. */
export type Bundle = { readonly name: string; readonly hash: string; readonly code: string; readonly map: string };

/** A revision of a binding: one isolate. `memory`: octets. */
export type TenantOptions = {
  readonly id: string;
  readonly bundle: Bundle;
  readonly settings: unknown;
  readonly memory: number;
};

export type SinkCall = {
  readonly tenant: string;
  readonly event: string;
  /** Plain JSON. */
  readonly payload: unknown;
  /** Milliseconds until the answer is there, host calls included. */
  readonly deadline: number;
  /** Milliseconds of CPU. */
  readonly cpu: number;
  /** The message for `message.octets`, sent to a host once; `id`: the same for the same octets. */
  readonly octets: { readonly id: string; readonly octets: Uint8Array } | null;
  /** Answers the other host calls. A RangeError's text and a fault's code are told to the sink, nothing else. */
  readonly host: HostFunction;
};

export type SandboxEvent = FleetEvent;
export type SandboxStatus = {
  readonly hosts: readonly { readonly pid: number; readonly role: 'active' | 'spare'; readonly isolates: number }[];
  readonly calls: number;
};

/** Where sink code runs; knows nothing of mail. */
export type Sandbox = AsyncDisposable & {
  /** Loads a bundle in a throw-away isolate. @returns its manifest, unchecked @throws Fault sandbox.load, with `at` */
  describe(bundle: Bundle): Promise<unknown>;
  /** Opens an isolate and validates its settings. @returns the problems, one line each; then it is not open */
  open(tenant: TenantOptions): Promise<readonly string[]>;
  /**
   * Runs an event. @returns the sink's answer, unchecked: JSON, or undefined
   *
   * @throws Fault sandbox.* with `sink` and `event`, and `at` and `error` when the sink threw; sink.unknown
   */
  call(call: SinkCall): Promise<unknown>;
  /** Takes no more calls for it; resolves when those that run are answered and the isolate is gone. */
  close(tenant: string): Promise<void>;
  status(): SandboxStatus;
};

export type SandboxOptions = {
  /** Host processes that take calls; one per CPU beyond the first, and at least one, when null. */
  readonly hosts?: number | null;
  /** Octets of memory for a bundle while it is described. */
  readonly memory?: number;
  readonly log: Log;
  onEvent?(event: SandboxEvent): void;
};

/** Starts the sandbox host processes. @returns when all of them, the spare too, take calls */
export async function startSandbox({
  hosts = null,
  memory = 64 * 2 ** 20,
  log,
  onEvent,
}: SandboxOptions): Promise<Sandbox> {
  const fleet = new Fleet({
    hosts: hosts ?? Math.max(1, availableParallelism() - 1),
    log,
    onEvent(event) {
      log[event.kind === 'host-lost' ? 'warn' : 'debug'](
        { pid: event.pid, reason: event.reason },
        `sandbox: ${event.kind}`,
      );
      onEvent?.(event);
    },
  });
  await fleet.start();
  const tenants = new Map<string, Tenant>();
  const bodies = createBodies((body) => fleet.free(body.number));
  const opening: Opening = { fleet, log, memory };
  let isStopped = false;
  let waiting = 0;
  let lastCall = 0;

  const check = (): void => {
    if (isStopped) throw new Fault('sandbox.stopped');
  };
  const start = (tenant: Tenant, { event, payload, deadline, cpu, octets, host }: SinkCall): Promise<unknown> => {
    const id = (lastCall = (lastCall % 0x7fff_ffff) + 1);
    const body = octets && bodies.use(octets);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const item = `[0,${id},${JSON.stringify(event)},${JSON.stringify(payload) ?? 'null'},${body?.number ?? 0}]`;
    const until = performance.now() + deadline;
    waiting += 1;
    tenant.add(
      createCall({
        ...{ id, event, item, cpu, until, body, host },
        answer: resolve,
        fail: reject,
        onSettled(call) {
          waiting -= 1;
          tenant.remove(call);
          if (body) bodies.release(body);
        },
      }),
    );
    return promise;
  };

  return {
    async describe(bundle) {
      check();
      return await describeBundle(bundle, opening);
    },
    async open(options) {
      check();
      if (tenants.has(options.id)) throw new Fault('sandbox.load', { sink: options.id, error: 'it is open already' });
      const { tenant, problems } = await openTenant(options, opening);
      if (tenant) tenants.set(options.id, tenant);
      return problems;
    },
    async call(call) {
      check();
      const tenant = tenants.get(call.tenant);
      if (!tenant || tenant.isClosing) throw new Fault('sink.unknown', { sink: call.tenant });
      if (waiting >= limits.calls) throw new Fault('sandbox.limit', { sink: call.tenant, limit: 'calls that wait' });
      return await start(tenant, call);
    },
    async close(id) {
      const tenant = tenants.get(id);
      if (!tenant) return;
      await tenant.close();
      tenants.delete(id);
      fleet.dismiss(tenant);
    },
    status: () => ({
      hosts: [
        ...fleet.slots.flatMap(({ host }) =>
          host ? [{ pid: host.pid, role: 'active' as const, isolates: host.opened.size }] : [],
        ),
        ...(fleet.spare ? [{ pid: fleet.spare.pid, role: 'spare' as const, isolates: fleet.spare.opened.size }] : []),
      ],
      calls: waiting,
    }),
    async [Symbol.asyncDispose]() {
      isStopped = true;
      for (const tenant of tenants.values()) tenant.fail('sandbox.stopped');
      await fleet[Symbol.asyncDispose]();
    },
  };
}
