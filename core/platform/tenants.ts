import type { Binding } from '../events/binding.ts';
import type { Dispatcher, Subject } from '../events/dispatch.ts';
import { asFault } from '../errors.ts';
import type { Bundle, LimitHit, Sandbox } from '../sandbox/sandbox.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { tenantOf } from './call-sink.ts';

/** Why a binding's isolate is not needed any more; what onUnload says. */
export type UnloadReason = 'replaced' | 'removed' | 'stopped';

export type TenantParts = {
  readonly sandbox: Pick<Sandbox, 'open' | 'close'>;
  readonly dispatcher: Pick<Dispatcher, 'askOne' | 'tellOne'>;
  /** Whether it ended a sandbox host before, and has to run apart. */
  readonly isStruck: (binding: Binding) => boolean;
  /** A limit was met no single event is known to have met. */
  readonly onLimit?: (hit: LimitHit, binding: Binding) => void;
  readonly randomId: () => string;
  readonly log: Log;
};

/** A binding that cannot run, and why: one line each. */
export type Refusal = { readonly binding: Binding; readonly problems: readonly string[] };

/** The isolates of bindings, opened with the first generation that uses them and closed after the last. */
export type Tenants = {
  /**
   * Opens what is not open yet: settings are validated by the sink, then `onLoad` is asked.
   *
   * @returns nothing when all are open; else none of the new ones is
   */
  open(bindings: readonly Binding[], bundles: ReadonlyMap<string, Bundle>): Promise<readonly Refusal[]>;
  /** Lets go of them. Those nobody else uses are told `onUnload` and closed. */
  release(bindings: readonly Binding[], reasonOf: (binding: Binding) => UnloadReason): void;
  /** Resolves when all that was let go of is closed. */
  settled(): Promise<void>;
};

export function createTenants(parts: TenantParts): Tenants {
  const users = new Map<string, number>();
  const loaded = new Set<string>();
  const closing = new Map<string, Promise<void>>();

  const release: Tenants['release'] = (bindings, reasonOf) => {
    for (const binding of bindings) {
      const id = tenantOf(binding);
      const left = (users.get(id) ?? 0) - 1;
      if (left > 0) users.set(id, left);
      else if (users.delete(id) && loaded.delete(id)) {
        const closed = close(parts, binding, reasonOf(binding)).finally(() => closing.delete(id));
        closing.set(id, closed);
      }
    }
  };

  return {
    async open(bindings, bundles) {
      const opened = await Promise.all(
        bindings.map(async (binding) => {
          const id = tenantOf(binding);
          const isNew = !users.has(id);
          users.set(id, (users.get(id) ?? 0) + 1);
          await closing.get(id);
          const problems = isNew ? await load(parts, binding, bundles) : [];
          if (isNew && problems.length === 0) loaded.add(id);
          return { binding, problems };
        }),
      );
      const refused = opened.filter(({ problems }) => problems.length > 0);
      if (refused.length > 0) release(bindings, () => 'removed');
      return refused;
    },
    release,
    async settled() {
      await Promise.all(closing.values());
    },
  };
}

async function load(
  parts: TenantParts,
  binding: Binding,
  bundles: ReadonlyMap<string, Bundle>,
): Promise<readonly string[]> {
  const bundle = bundles.get(binding.revision.hash);
  if (!bundle) return [`sink ${binding.sink} is not loaded`];
  const { settings } = binding;
  try {
    const { isStruck, onLimit } = parts;
    // A shadow runs apart, where it takes no time from those whose answers count.
    const told = onLimit && { onLimit: (hit: LimitHit): void => onLimit(hit, binding) };
    const tenant = {
      id: tenantOf(binding),
      bundle,
      settings,
      engine: binding.engine,
      limits: binding.limits,
      isStruck: isStruck(binding) || binding.isShadow,
      ...told,
    };
    const problems = await parts.sandbox.open(tenant);
    if (problems.length > 0) return problems.map((problem) => `settings: ${problem}`);
    // onLoad has no other decision than `next`: a sink refuses by throwing.
    const { missed } = await parts.dispatcher.askOne(binding, 'onLoad', subjectOf(parts, binding), {});
    if (missed.length === 0) return [];
    await parts.sandbox.close(tenantOf(binding));
    return missed.map(({ fault }) => `onLoad: ${textOf(fault)}`);
  } catch (thrown) {
    return [textOf(thrown)];
  }
}

async function close(parts: TenantParts, binding: Binding, reason: UnloadReason): Promise<void> {
  try {
    await parts.dispatcher.tellOne(binding, 'onUnload', subjectOf(parts, binding), { reason });
    await parts.sandbox.close(tenantOf(binding));
  } catch (thrown) {
    parts.log.warn({ binding: binding.key, fault: asFault(thrown) }, 'a sink could not be unloaded');
  }
}

function subjectOf({ randomId }: TenantParts, { virtualServer, protocol }: Binding): Subject {
  return {
    traceId: randomId(),
    virtualServer: { id: virtualServer, protocol },
    session: null,
    source: 'lifetime',
    isLocal: () => false,
  };
}

/** What the administrator reads: the sink's own words where there are some. */
function textOf(thrown: unknown): string {
  const fault = asFault(thrown);
  const { error } = fault.context;
  return error === undefined ? fault.message : String(error);
}
