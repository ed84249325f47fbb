import type { EventName } from '../../sdk/catalogue.ts';
import { Fault } from '../errors.ts';
import type { Binding, EventBinding } from './binding.ts';

/** A binding as one event meets it. */
export type BoundEvent = EventBinding & { readonly binding: Binding };

/**
 * The bindings of one configuration with the revisions it uses; never changes. What runs pins it (a transaction at
 * MAIL, a queue stage when its chain starts), so that a reload is seen by the next one only.
 */
export type Generation = {
  readonly id: number;
  /** Who is asked, in order: by priority, then by name. The same empty list when nobody is. */
  bindings(virtualServer: string, event: EventName): readonly BoundEvent[];
  /** Who only shows what it would do, in the same order. */
  shadows(virtualServer: string, event: EventName): readonly BoundEvent[];
  /** Whether anybody is asked or shows what it would do. */
  isAsked(virtualServer: string, event: EventName): boolean;
  /** Every binding, in the order given. */
  readonly all: readonly Binding[];
  /** @returns null when there is none of that key: it was removed, or is not enabled */
  find(key: string): Binding | null;
  /** Pins it. Each `retain` wants one `release`. */
  retain(): void;
  /** Unpins it. After the last one its revisions may go. */
  release(): void;
};

const nobody: readonly BoundEvent[] = Object.freeze([]);

/**
 * Makes a generation, pinned once by its maker, who releases it when a newer one takes over.
 *
 * @param onFree called once, when nothing pins it any more
 */
export function createGeneration(id: number, bindings: readonly Binding[], onFree: () => void): Generation {
  const byServer = order(bindings.filter(({ isShadow }) => !isShadow));
  const shadows = order(bindings.filter(({ isShadow }) => isShadow));
  const byKey = new Map(bindings.map((binding) => [binding.key, binding]));
  let pins = 1;

  return {
    id,
    bindings: (virtualServer, event) => byServer.get(virtualServer)?.get(event) ?? nobody,
    shadows: (virtualServer, event) => shadows.get(virtualServer)?.get(event) ?? nobody,
    isAsked: (server, event) => byServer.get(server)?.has(event) === true || shadows.get(server)?.has(event) === true,
    all: bindings,
    find: (key) => byKey.get(key) ?? null,
    retain() {
      if (pins === 0) throw new Fault('internal.bug', { generation: id }, new Error('pinned after it was free'));
      pins += 1;
    },
    release() {
      if (pins === 0) throw new Fault('internal.bug', { generation: id }, new Error('released more often than pinned'));
      pins -= 1;
      if (pins === 0) onFree();
    },
  };
}

type Ordered = ReadonlyMap<string, ReadonlyMap<EventName, readonly BoundEvent[]>>;

function order(bindings: readonly Binding[]): Ordered {
  const servers = Map.groupBy(bindings, ({ virtualServer }) => virtualServer);
  return new Map([...servers].map(([id, own]) => [id, orderEvents(own)]));
}

function orderEvents(bindings: readonly Binding[]): ReadonlyMap<EventName, readonly BoundEvent[]> {
  const bound = bindings.flatMap((binding) =>
    [...binding.events].map(([event, how]) => ({ event, bound: { ...how, binding } })),
  );
  const events = Map.groupBy(bound, ({ event }) => event);
  return new Map([...events].map(([event, all]) => [event, all.map((one) => one.bound).toSorted(byPriority)]));
}

/** Names are compared by code unit: the order must not depend on the machine's language. */
function byPriority(a: BoundEvent, b: BoundEvent): number {
  return a.priority - b.priority || compare(a.binding.name, b.binding.name) || compare(a.binding.key, b.binding.key);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
